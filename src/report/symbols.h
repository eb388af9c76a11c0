/* Inside the room: what a token's symbol looks like. Anybody can give any name to a token and send it to anybody, so a name is
 * never evidence; it can only be a reason to show others first. Pure functions; safe on any thread. */
#ifndef IMJIN_REPORT_SYMBOLS_H
#define IMJIN_REPORT_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/* The symbol as it looks: letters of other scripts, digits and signs as the small Latin letter they are taken for, the rest
 * left out; cut to fit. Two symbols that a hurried reader would take for each other give the same text ("USDT", "U5D\xd0\xa2").
 * The symbol is escaped as a ledger has it. Letters as in Unicode TR 39, those that occur in names of coins. */
enum { SYMBOL_LOOK_MAX = 32 };
void symbol_look(const char *symbol, char ret_look[SYMBOL_LOOK_MAX]);
/* Advertises (a web address, a call to visit or claim), or holds signs that are invisible, written from right to left, or no
 * text at all. */
[[nodiscard]] bool symbol_is_bait(const char *symbol);
/* Length of the symbol without a sign that was cut in the middle: "\xe7\x90..." ends where that sign begins. */
uint64_t symbol_whole_signs(const char *symbol);

#endif
