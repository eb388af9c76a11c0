/* codec: bytes to values and back. This is the one header of the room; the others are its chapters. */
#ifndef IMJIN_CODEC_CODEC_H
#define IMJIN_CODEC_CODEC_H

#include "codec/base58.h"
#include "codec/bech32.h"
#include "codec/conf.h"
#include "codec/csv.h"
#include "codec/hex.h"
#include "codec/input.h"
#include "codec/json.h"
#include "codec/keccak.h"
#include "codec/limits.h"
#include "codec/scan.h"
#include "codec/utf8.h"
#include "codec/xml.h"
#include "codec/yaml.h"

#endif
