#include "label/label.h"

#define CONTACT_EXCHANGE "exchange compliance desk"
#define CONTACT_SERVICE  "provider's compliance or abuse desk"
#define CONTACT_MIXER    "none to ask; match withdrawals by amount and time"
#define CONTACT_BRIDGE   "bridge operator; find the other side by its message id"
#define CONTACT_POOL     "mining pool operator"
#define CONTACT_DEFI     "protocol's team or governance"
#define CONTACT_TOKEN    "token's issuer, who may be able to freeze"

/* Names and their meaning follow the INTERPOL-derived concepts taxonomy; the roles are ours. */
static const struct label_category categories[] = {
    {"abuse", LABEL_ROLE_NONE, "", "abuse of a kind that is not said"},
    {"account_hack", LABEL_ROLE_NONE, "", "an account taken over"},
    {"atm", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "machine that changes cash and crypto"},
    {"black_list", LABEL_ROLE_NONE, "", "frozen or listed by a token's issuer"},
    {"burn", LABEL_ROLE_BURN, "", "address nobody can spend from"},
    {"child_sexual_abuse", LABEL_ROLE_NONE, "", "sexual abuse of minors"},
    {"coinjoin", LABEL_ROLE_MIXER, CONTACT_MIXER, "joint transactions that hide whose output is whose"},
    {"cold_wallet", LABEL_ROLE_NONE, "", "wallet kept away from the network"},
    {"collectible", LABEL_ROLE_NONE, "", "collectible item"},
    {"counterfeit", LABEL_ROLE_NONE, "", "trade in counterfeits"},
    {"dark_web", LABEL_ROLE_NONE, "", "found on an overlay network"},
    {"data_breach", LABEL_ROLE_NONE, "", "data stolen or leaked"},
    {"defi", LABEL_ROLE_DEFI, CONTACT_DEFI, "financial program on the chain"},
    {"defi_bridge", LABEL_ROLE_BRIDGE, CONTACT_BRIDGE, "moves value to another chain"},
    {"defi_custody", LABEL_ROLE_DEFI, CONTACT_DEFI, "contract that keeps assets for its users"},
    {"defi_dao", LABEL_ROLE_DEFI, CONTACT_DEFI, "organisation governed on the chain"},
    {"defi_derivatives", LABEL_ROLE_DEFI, CONTACT_DEFI, "derivatives on the chain"},
    {"defi_dex", LABEL_ROLE_DEFI, CONTACT_DEFI, "exchange on the chain without an intermediary"},
    {"defi_dex_pair", LABEL_ROLE_DEFI, CONTACT_DEFI, "pool of two assets that traders swap against"},
    {"defi_lending", LABEL_ROLE_DEFI, CONTACT_DEFI, "lending on the chain"},
    {"defi_staking", LABEL_ROLE_DEFI, CONTACT_DEFI, "assets locked up for rewards"},
    {"defi_token", LABEL_ROLE_TOKEN, CONTACT_TOKEN, "contract of a token"},
    {"donation", LABEL_ROLE_NONE, "", "receives donations"},
    {"drugs", LABEL_ROLE_NONE, "", "trade in drugs"},
    {"entity", LABEL_ROLE_NONE, "", "anything that acts"},
    {"escrow_wallet", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "keeps money until a trade is settled"},
    {"exchange", LABEL_ROLE_SERVICE, CONTACT_EXCHANGE, "business that trades crypto for its customers and holds their money"},
    {"exploit", LABEL_ROLE_NONE, "", "takes advantage of a flaw in software"},
    {"extortion", LABEL_ROLE_NONE, "", "money obtained by threat"},
    {"extremism", LABEL_ROLE_NONE, "", "extremist activity"},
    {"faucet", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "gives away small amounts"},
    {"filesharing", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "access to digital media"},
    {"financial_crime", LABEL_ROLE_NONE, "", "crime about money"},
    {"gambling", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "takes wagers"},
    {"gray_usage", LABEL_ROLE_NONE, "", "use that can be of concern"},
    {"hacking", LABEL_ROLE_NONE, "", "intrusion into systems"},
    {"hosting", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "computers for rent"},
    {"hot_wallet", LABEL_ROLE_NONE, "", "wallet used by machines"},
    {"human_trafficking", LABEL_ROLE_NONE, "", "trade of humans"},
    {"ico_wallet", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "collects money for a new coin"},
    {"index", LABEL_ROLE_NONE, "", "lists other sites"},
    {"investment_fraud", LABEL_ROLE_NONE, "", "sale of investments that do not exist"},
    {"malware", LABEL_ROLE_NONE, "", "software made to do harm"},
    {"market", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "place where goods are sold, lawful or not"},
    {"mention", LABEL_ROLE_NONE, "", "mentioned somewhere"},
    {"messaging_service", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "messages over the network"},
    {"miner", LABEL_ROLE_NONE, "", "makes blocks"},
    {"mining_service", LABEL_ROLE_SERVICE, CONTACT_POOL, "pool that mines for its members"},
    {"mixing", LABEL_ROLE_MIXER, CONTACT_MIXER, "hides where money comes from"},
    {"mixing_service", LABEL_ROLE_MIXER, CONTACT_MIXER, "service that hides where money comes from"},
    {"money_laundering", LABEL_ROLE_NONE, "", "disguise of illegal proceeds"},
    {"murder", LABEL_ROLE_NONE, "", "unlawful killing"},
    {"nameservice", LABEL_ROLE_NONE, "", "names for addresses"},
    {"organization", LABEL_ROLE_NONE, "", "an institution or a company"},
    {"payment_card_fraud", LABEL_ROLE_NONE, "", "crime about payment cards"},
    {"payment_processor", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "takes payments for shops"},
    {"perpetrator", LABEL_ROLE_NONE, "", "committed a crime"},
    {"phishing", LABEL_ROLE_NONE, "", "obtains secrets by disguise"},
    {"ponzi_scheme", LABEL_ROLE_NONE, "", "pays old investors with new money"},
    {"pyramid_scheme", LABEL_ROLE_NONE, "", "pays for bringing in others"},
    {"ransomware", LABEL_ROLE_NONE, "", "ransom for data"},
    {"sanction", LABEL_ROLE_NONE, "", "on a sanctions list"},
    {"scam", LABEL_ROLE_NONE, "", "fraud"},
    {"search_engine", LABEL_ROLE_NONE, "", "searches the web"},
    {"service", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "service of a kind that is not said"},
    {"service_hack", LABEL_ROLE_NONE, "", "theft from a service"},
    {"sextortion", LABEL_ROLE_NONE, "", "extortion by intimate material"},
    {"sexual_abuse", LABEL_ROLE_NONE, "", "sexual abuse"},
    {"shop", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "sells goods"},
    {"social_engineering", LABEL_ROLE_NONE, "", "manipulates people"},
    {"source", LABEL_ROLE_NONE, "", "about the source of the information"},
    {"terrorism", LABEL_ROLE_NONE, "", "terrorist activity"},
    {"terrorism_financing", LABEL_ROLE_NONE, "", "money for terrorism"},
    {"torture", LABEL_ROLE_NONE, "", "torture"},
    {"unknown", LABEL_ROLE_NONE, "", "category not known"},
    {"user", LABEL_ROLE_NONE, "", "a person"},
    {"victim", LABEL_ROLE_NONE, "", "was harmed"},
    {"violence", LABEL_ROLE_NONE, "", "violence"},
    {"vpn", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "hides where a connection comes from"},
    {"wallet_service", LABEL_ROLE_SERVICE, CONTACT_SERVICE, "keeps keys for its users"},
    {"warm_wallet", LABEL_ROLE_NONE, "", "wallet used by machines and people"},
    {"weapons", LABEL_ROLE_NONE, "", "trade in weapons"},
};
enum { CATEGORIES = sizeof categories / sizeof categories[0] };

/* Other words for the same, as label files have them. Sorted. */
static const struct {
    const char *word, *name;
} synonyms[] = {
    {"bridge", "defi_bridge"},
    {"burn_address", "burn"},
    {"casino", "gambling"},
    {"centralized_exchange", "exchange"},
    {"cex", "exchange"},
    {"contract_token", "defi_token"},
    {"cross_chain_bridge", "defi_bridge"},
    {"custodian", "wallet_service"},
    {"custody", "wallet_service"},
    {"darknet_market", "market"},
    {"decentralized_exchange", "defi_dex"},
    {"defi_derivative", "defi_derivatives"},
    {"dex", "defi_dex"},
    {"dex_pair", "defi_dex_pair"},
    {"hack", "service_hack"},
    {"lending", "defi_lending"},
    {"mining_pool", "mining_service"},
    {"mixer", "mixing_service"},
    {"payment", "payment_processor"},
    {"payment_service", "payment_processor"},
    {"sanctioned", "sanction"},
    {"sanctions", "sanction"},
    {"theft", "service_hack"},
    {"thief", "perpetrator"},
    {"token", "defi_token"},
    {"tumbler", "mixing_service"},
};
enum { SYNONYMS = sizeof synonyms / sizeof synonyms[0] };

const struct label_category *label_categories(unsigned *ret_count) {
    *ret_count = CATEGORIES;
    return categories;
}

/* Case folded, '-' and ' ' as '_'; false when it is longer than any category. */
static bool fold(struct span text, char ret_folded[LABEL_CATEGORY_MAX]) {
    text = span_trim(text);
    if (text.count == 0 || text.count >= LABEL_CATEGORY_MAX)
        return false;
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        ret_folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '-' || c == ' ' ? '_' : c;
    }
    ret_folded[text.count] = '\0';
    return true;
}

static const struct label_category *find_name(const char *name) {
    for (unsigned low = 0, high = CATEGORIES; low < high;) {
        unsigned middle = (low + high) / 2;
        int order = strcmp(name, categories[middle].name);
        if (order == 0)
            return &categories[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct label_category *label_category_find(struct span name) {
    char folded[LABEL_CATEGORY_MAX];
    if (!fold(name, folded))
        return NULL;
    const struct label_category *found = find_name(folded);
    for (unsigned i = 0; found == NULL && i < SYNONYMS; i++)
        if (strcmp(folded, synonyms[i].word) == 0)
            found = find_name(synonyms[i].name);
    return found;
}

/* TagPack's scale of how a tag came to be known. */
static const struct label_confidence confidences[] = {
    {"override", 100},
    {"ownership", 100},
    {"ledger_immanent", 100},
    {"manual_transaction", 90},
    {"service_api", 70},
    {"forensic_investigation", 70},
    {"authority_data", 60},
    {"trusted_provider", 50},
    {"service_data", 50},
    {"forensic", 50},
    {"untrusted_transaction", 40},
    {"web_crawl", 20},
    {"heuristic", 10},
    {"unknown", 5},
};
enum { CONFIDENCES = sizeof confidences / sizeof confidences[0] };

const struct label_confidence *label_confidences(unsigned *ret_count) {
    *ret_count = CONFIDENCES;
    return confidences;
}

bool label_confidence_parse(struct span text, uint8_t *ret_level) {
    char folded[LABEL_CATEGORY_MAX];
    uint64_t number;
    if (u64_parse(text.bytes, text.count, &number) && number <= 100) {
        *ret_level = (uint8_t)number;
        return true;
    }
    if (!fold(text, folded))
        return false;
    for (unsigned i = 0; i < CONFIDENCES; i++) {
        if (strcmp(folded, confidences[i].name) == 0) {
            *ret_level = confidences[i].level;
            return true;
        }
    }
    return false;
}
