#include "chain/chain.h"

enum { WEI_DECIMALS = 18, COIN_DECIMALS = 8 };

static const struct chain known_chains[] = {
    {"arbitrum", "ETH", WEI_DECIMALS, true},
    {"avalanche", "AVAX", WEI_DECIMALS, true},
    {"base", "ETH", WEI_DECIMALS, true},
    {"bitcoin", "BTC", COIN_DECIMALS, false},
    {"bitcoin-cash", "BCH", COIN_DECIMALS, false},
    {"bitcoin-cash-regtest", "BCH", COIN_DECIMALS, false},
    {"bitcoin-regtest", "BTC", COIN_DECIMALS, false},
    {"bitcoin-signet", "BTC", COIN_DECIMALS, false},
    {"bitcoin-testnet", "BTC", COIN_DECIMALS, false},
    {"bitcoin-testnet4", "BTC", COIN_DECIMALS, false},
    {"bsc", "BNB", WEI_DECIMALS, true},
    {"dogecoin", "DOGE", COIN_DECIMALS, false},
    {"ethereum", "ETH", WEI_DECIMALS, true},
    {"litecoin", "LTC", COIN_DECIMALS, false},
    {"litecoin-regtest", "LTC", COIN_DECIMALS, false},
    {"litecoin-testnet", "LTC", COIN_DECIMALS, false},
    {"optimism", "ETH", WEI_DECIMALS, true},
    {"polygon", "POL", WEI_DECIMALS, true},
    {"ronin", "RON", WEI_DECIMALS, true},
    {"zcash", "ZEC", COIN_DECIMALS, false},
};

static bool name_well_formed(const char *name) {
    size_t count = strlen(name);
    if (count == 0 || count >= CHAIN_NAME_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = name[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

enum imjin_status chain_find(struct chain *ret, const char *name, struct error *err) {
    for (size_t i = 0; i < sizeof known_chains / sizeof known_chains[0]; i++) {
        if (strcmp(name, known_chains[i].name) == 0) {
            *ret = known_chains[i];
            return IMJIN_OK;
        }
    }
    if (!name_well_formed(name)) {
        char shown[ERROR_VALUE_MAX];
        escape_ascii(shown, sizeof shown, name, strlen(name));
        return fail(err, IMJIN_USAGE, "not a chain name (1 to %d of a-z, 0-9, '-'): %s", CHAIN_NAME_MAX - 1, shown);
    }
    struct chain generic = {.native_decimals = DECIMALS_UNKNOWN};
    memcpy(generic.name, name, strlen(name));
    *ret = generic;
    return IMJIN_OK;
}

bool asset_is_native(struct span name, const struct chain *c) {
    return name.count == 0 || span_is(name, "native") || (c->native_symbol[0] && span_is(name, c->native_symbol));
}
