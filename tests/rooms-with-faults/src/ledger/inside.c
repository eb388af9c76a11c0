#include "chain/parts.h" /* not the one header of its room */
