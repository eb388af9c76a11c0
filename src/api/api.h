/* api: the public headers of include/imjin over the rooms, and what the program shares with them: opening a workspace, and
 * reading what people write for thefts, assets and amounts. */
#ifndef IMJIN_API_API_H
#define IMJIN_API_API_H

#include "api/amounts.h"
#include "api/case.h"
#include "api/desk.h"
#include "api/limits.h"
#include "api/output.h"
#include "api/spec.h"
#include "api/taint_spec.h"

#endif
