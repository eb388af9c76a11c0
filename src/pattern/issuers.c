#include "pattern/pattern.h"

static const struct token_issuer issuers[] = {
    {"ethereum", "0xdac17f958d2ee523a2206206994597c13d831ec7", "USDT", "Tether",
     "addBlackList stops an address, destroyBlackFunds burns what it holds", "contract source, verified on etherscan.io"},
    {"ethereum", "0x68749665ff8d2d112fa859aa293f07a622782f38", "XAUt", "Tether (TG Commodities)",
     "the issuer keeps a list of blocked addresses", "contract source, verified on etherscan.io"},
    {"ethereum", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", "Circle", "blacklist stops an address",
     "contract source, github.com/circlefin/stablecoin-evm"},
    {"ethereum", "0x1abaea1f7c830bd89acc67ec4af516284b1bc33c", "EURC", "Circle", "blacklist stops an address",
     "contract source, github.com/circlefin/stablecoin-evm"},
    {"ethereum", "0x4fabb145d64652a948d72533023f6e7a623c7c53", "BUSD", "Paxos",
     "freeze stops an address, wipeFrozenAddress burns what it holds", "contract source, github.com/paxosglobal"},
    {"ethereum", "0x8e870d67f660d95d5be530380d0ec0bd388289e1", "USDP", "Paxos",
     "freeze stops an address, wipeFrozenAddress burns what it holds", "contract source, github.com/paxosglobal"},
    {"ethereum", "0x45804880de22913dafe09f4980848ece6ecbaf78", "PAXG", "Paxos",
     "freeze stops an address, wipeFrozenAddress burns what it holds", "contract source, github.com/paxosglobal"},
    {"ethereum", "0x6c3ea9036406852006290770bedfcaba0e23a0e8", "PYUSD", "Paxos (for PayPal)",
     "freeze stops an address, wipeFrozenAddress burns what it holds", "contract source, github.com/paxosglobal"},
    {"ethereum", "0x0000000000085d4780b73119b644ae5ecd22b376", "TUSD", "TrueUSD", "the owner blacklists addresses",
     "contract source, verified on etherscan.io"},
};

const struct token_issuer *token_issuers(unsigned *ret_count) {
    *ret_count = sizeof issuers / sizeof *issuers;
    return issuers;
}

const struct token_issuer *token_issuer_of(const struct chain *c, const struct asset_key *key) {
    char contract[ADDRESS_PRINT_MAX];
    if (key->form != ASSET_TOKEN || key->contract.form != ADDRESS_EVM)
        return NULL;
    address_print(&key->contract, contract);
    for (unsigned i = 0; i < sizeof issuers / sizeof *issuers; i++)
        if (strcmp(issuers[i].chain, c->name) == 0 && strcmp(issuers[i].contract, contract) == 0)
            return &issuers[i];
    return NULL;
}
