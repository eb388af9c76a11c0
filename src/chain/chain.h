/* chain: what a chain is: identities, address kinds and checksums, assets, amounts, times. No state on disk.
 * All functions are pure and safe on any thread. */
#ifndef IMJIN_CHAIN_CHAIN_H
#define IMJIN_CHAIN_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "chain/outputs.h"

/* Dense numbers inside one ledger, in order of first appearance in canonical order. Distinct structs, so that the compiler
 * tells them apart. They never leave the program: results name addresses, contracts and transaction hashes. */
struct account_id {
    uint32_t n;
};
struct asset_id {
    uint32_t n;
};
struct tx_id {
    uint32_t n;
};

#define ID_NONE UINT32_MAX

/* Two accounts exist in every ledger and hold nothing. VOID is where minted and mined money comes from and burnt money
 * goes to (on Ethereum-type chains: the zero address). FEES is where fees go. */
#define ACCOUNT_VOID ((struct account_id){0})
#define ACCOUNT_FEES ((struct account_id){1})
enum { ACCOUNTS_RESERVED = 2, ASSET_NATIVE_ID = 0 /* every ledger's first asset is the native coin */ };

enum address_form {
    ADDRESS_VOID = 0,   /* no address: mint, burn, coinbase; the zero address parses to this */
    ADDRESS_FEES = 1,   /* the fee sink; never in input */
    ADDRESS_EVM = 2,    /* 20 bytes; printed as 0x and 40 lower-case hex digits */
    ADDRESS_OPAQUE = 3, /* 1..ADDRESS_TEXT_MAX bytes of printable ASCII without space, comma, quote; compared by bytes */
};
enum { ADDRESS_TEXT_MAX = 120, ADDRESS_PRINT_MAX = ADDRESS_TEXT_MAX + 1 };

/* `text` (opaque only) belongs to whoever filled it and ends where `count` says. */
struct address {
    uint8_t form;
    uint8_t count;
    uint8_t evm[20];
    const char *text;
};

[[nodiscard]] bool address_equal(const struct address *a, const struct address *b);
/* Total order for output: by form, then bytes. */
int address_compare(const struct address *a, const struct address *b);
/* "0x..." lower case, the text itself, "(mint/burn)" for VOID, "(fees)" for FEES; NUL-ended; returns the length. */
unsigned address_print(const struct address *a, char ret_text[ADDRESS_PRINT_MAX]);

enum asset_form {
    ASSET_NATIVE = 0, /* the chain's coin */
    ASSET_TOKEN = 1,  /* a token contract */
    ASSET_ITEM = 2,   /* one item of a contract: ERC-721 and ERC-1155 id */
    ASSET_NAMED = 3,  /* a name alone ("USD"), as plain movements files use; name in contract.text */
};
struct asset_key {
    uint8_t form;
    struct address contract; /* TOKEN, ITEM: the contract; NAMED: an opaque address holding the name */
    struct u256 item;        /* ITEM only */
};
enum { ASSET_SYMBOL_MAX = 32, DECIMALS_UNKNOWN = 255, DECIMALS_MAX = 77, ASSET_PRINT_MAX = 220 };

/* What a chain is. Known chains are rows of a table; any other name of [a-z0-9-]{1,32} is a generic chain on which both
 * Ethereum-type and opaque addresses are read and the native coin has no name and no decimals. */
struct chain {
    char name[33];
    char native_symbol[16];
    uint8_t native_decimals; /* DECIMALS_UNKNOWN on a generic chain */
    bool evm_only;           /* refuse anything but 20-byte hex addresses */
};
enum { CHAIN_NAME_MAX = 33 };
enum imjin_status chain_find(struct chain *ret, const char *name, struct error *err);
/* How the native coin is written where an asset is named: nothing, its symbol, or "native". */
[[nodiscard]] bool asset_is_native(struct span name, const struct chain *c);

/* Reads an address of the chain. 0x + 40 hex digits is Ethereum-type everywhere: all-lower and all-upper are taken as they
 * are, mixed case must satisfy EIP-55. The zero address and the empty text give VOID. 0x with another count of hex digits
 * (39, 41, ...) is refused also on generic chains, so that a damaged address never becomes an opaque one.
 * Fails with IMJIN_BAD_INPUT and text, value set (no file, line). ret->text points into `text`. */
enum imjin_status address_parse(struct address *ret, const struct chain *c, struct span text, struct error *err);
/* As address_parse(); on a chain of outputs an address of it, however written, gets its canonical text (script_print()), which
 * is kept in `text`, so that one script is one address. What is no address of such a chain stays as it is written. */
enum imjin_status address_parse_canonical(struct address *ret, char text[SCRIPT_PRINT_MAX], const struct chain *c,
                                          struct span written, struct error *err);
/* EIP-55 spelling of 20 bytes: "0x", 40 digits, NUL. */
void address_checksum_print(const uint8_t evm[20], char ret_text[43]);

/* Decimal digits only, at most 256 bits. Names what is wrong: sign, hexadecimal, scientific notation, fraction, too large. */
enum imjin_status amount_parse(struct u256 *ret, struct span text, struct error *err);
/* As above with a decimal point and, when `scientific`, an exponent; scaled by 10^decimals. Refuses when the value is not a
 * whole number of units (no rounding, ever). */
enum imjin_status amount_parse_scaled(struct u256 *ret, struct span text, unsigned decimals, bool scientific,
                                      struct error *err);
/* Units as decimal text with the point placed by `decimals`, trailing zeros dropped, no grouping; DECIMALS_UNKNOWN prints whole
 * units. */
enum { AMOUNT_PRINT_MAX = 160 };
unsigned amount_print(struct u256 units, unsigned decimals, char ret_text[AMOUNT_PRINT_MAX]);

/* Times are seconds since 1970-01-01 UTC. Accepts integer seconds, "YYYY-MM-DD", "YYYY-MM-DD HH:MM:SS",
 * "YYYY-MM-DDTHH:MM:SSZ", with "+00:00", fraction of seconds (dropped) or " UTC"; years 1970..9999. */
#define TIME_UNKNOWN INT64_MIN
enum imjin_status time_parse(int64_t *ret, struct span text, struct error *err);
/* "2022-03-23 13:29:09Z", or "unknown". */
enum { TIME_PRINT_MAX = 24 };
unsigned time_print(int64_t time, char ret_text[TIME_PRINT_MAX]);

#endif
