/* base: memory, errors, files, checked integers, threads, progress, hashing. Knows nothing of money.
 * This is the one header of the room; the others below it are its chapters. */
#ifndef IMJIN_BASE_H
#define IMJIN_BASE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/integer.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/thread.h"

#endif
