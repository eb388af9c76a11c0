/* codec: bytes to values and back. This is the one header of the room; the others are its chapters. */
#ifndef IMJIN_CODEC_CODEC_H
#define IMJIN_CODEC_CODEC_H

#include "codec/keccak.h"

#endif
