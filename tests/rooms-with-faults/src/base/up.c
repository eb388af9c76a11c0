#include "ledger/ledger.h" /* points up */
