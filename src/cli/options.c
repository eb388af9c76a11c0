#include "chain/chain.h"
#include "cli/table.h"

const option_set option_set_global = OPTION_SET(OPTION_WORKSPACE) | OPTION_SET(OPTION_CHAIN) | OPTION_SET(OPTION_THREADS) |
                                     OPTION_SET(OPTION_JSON) | OPTION_SET(OPTION_OUTPUT) | OPTION_SET(OPTION_QUIET) |
                                     OPTION_SET(OPTION_NO_PROGRESS) | OPTION_SET(OPTION_COLOR) | OPTION_SET(OPTION_NO_COLOR) |
                                     OPTION_SET(OPTION_HELP) | OPTION_SET(OPTION_VERSION);

/* As src/pattern/typology.c names them. */
#define PATTERN_WORDS                                                                                                          \
    "peel-chain fan-out fan-in layering-chain structuring chain-hop mixer out-of-reach liquidity-pool dormancy consolidation " \
    "deposit-reuse address-poisoning fake-tokens dust-sandwich"

static const struct option options[OPTIONS] = {
    [OPTION_WORKSPACE] = {"workspace", 'w', VALUE_DIRECTORY, "DIR", .fallback = "found upwards from the working directory",
                          .help = "the workspace to work in"},
    [OPTION_CHAIN] = {"chain", 'c', VALUE_TEXT, "NAME", .fallback = "the workspace's setting or only chain, else ethereum",
                      .help = "the chain whose ledger is meant"},
    [OPTION_THREADS] = {"threads", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = THREADS_MAX,
                        .fallback = "as many as there are processors",
                        .help = "threads to work with; results do not depend on it"},
    [OPTION_JSON] = {"json", 0, VALUE_SWITCH, .help = "write the result as JSON (docs/json.md)"},
    [OPTION_OUTPUT] = {"output", 'o', VALUE_FILE, "FILE", .fallback = "standard output",
                       .help = "write the result to FILE, whole or not at all (report: a directory)"},
    [OPTION_QUIET] = {"quiet", 'q', VALUE_SWITCH, .help = "say nothing but the result and errors"},
    [OPTION_NO_PROGRESS] = {"no-progress", 0, VALUE_SWITCH, .help = "draw no progress line"},
    [OPTION_COLOR] = {"color", 0, VALUE_SWITCH, .help = "use colour although no terminal reads the result"},
    [OPTION_NO_COLOR] = {"no-color", 0, VALUE_SWITCH, .help = "use no colour (so does a set NO_COLOR)"},
    [OPTION_HELP] = {"help", 'h', VALUE_SWITCH, .help = "show the help of the command"},
    [OPTION_VERSION] = {"version", 0, VALUE_SWITCH, .help = "show the version"},
    [OPTION_FORMAT] = {"format", 0, VALUE_TEXT, "NAME", .fallback = "told by each file's header",
                       .help = "format of the files"},
    [OPTION_ON_ERROR] = {"on-error", 0, VALUE_WORD, "WHAT", .words = "stop skip", .fallback = "stop",
                         .help = "a bad row or tag: stop and change nothing, or skip, count and list it"},
    [OPTION_ASSET] = {"asset", 0, VALUE_TEXT, "NAME", .fallback = "the chain's coin",
                      .help = "asset of movements rows that name none"},
    [OPTION_DECIMALS] = {"decimals", 0, VALUE_COUNT, "N", .count_min = 0, .count_max = DECIMALS_MAX,
                         .fallback = "amounts are whole base units",
                         .help = "amounts of movements rows are decimal numbers of 10^N base units"},
    [OPTION_MEMORY] = {"memory", 0, VALUE_BYTES, "SIZE", .fallback = "768M",
                       .help = "memory for sorting and look-up tables (with K, M or G)"},
    [OPTION_NO_COMPILE] = {"no-compile", 0, VALUE_SWITCH, .help = "leave compiling to the first trace"},
    [OPTION_CATEGORY] = {"category", 0, VALUE_TEXT, "NAME", .help = "category of the taxonomy, such as exchange"},
    [OPTION_ACTOR] = {"actor", 0, VALUE_TEXT, "NAME", .help = "who is behind it, such as binance"},
    [OPTION_CONFIDENCE] = {"confidence", 0, VALUE_COUNT, "N", .count_min = 0, .count_max = 100, .fallback = "50",
                           .help = "how sure the source is, 0 to 100 on TagPack's scale"},
    [OPTION_SOURCE] = {"source", 0, VALUE_TEXT, "TEXT", .help = "where the label comes from, such as an address on the web"},
    [OPTION_LIMIT] = {"limit", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = UINT32_MAX,
                      .fallback = "what fits a screen; everything with --json", .help = "list at most N of each"},
    [OPTION_CONFLICTS] = {"conflicts", 0, VALUE_SWITCH, .help = "only addresses whose labels disagree"},
    [OPTION_FROM] = {"from", 0, VALUE_TEXT, "SPEC", .help = "what was stolen (see SPEC)", .repeated = true},
    [OPTION_FROM_FILE] = {"from-file", 0, VALUE_FILE, "FILE",
                          .help = "what was stolen: a CSV with the header address[,amount[,asset[,time]]]", .repeated = true},
    [OPTION_POLICY] = {"policy", 0, VALUE_WORD, "NAME", .words = "fifo lifo haircut poison tiho", .fallback = "fifo",
                       .help = "which of its money an account spends first; tiho for Bitcoin and its kin alone"},
    [OPTION_ENGINE] = {"engine", 0, VALUE_WORD, "NAME", .words = "follow replay", .fallback = "follow",
                       .help = "read the compiled ledger, or replay all of it; the answer is the same"},
    [OPTION_UNTIL] = {"until", 0, VALUE_TIME, "TIME", .help = "cut off what moves after TIME"},
    [OPTION_HOPS] = {"hops", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = UINT16_MAX - 1, .fallback = "no limit",
                     .help = "cut off what moves more than N hops"},
    [OPTION_MIN_CLAIM] = {"min-claim", 0, VALUE_UNITS, "UNITS", .fallback = "1",
                          .help = "cut off pieces that stand for less than UNITS base units of what was stolen"},
    [OPTION_HUB_LIMIT] = {"hub-limit", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = UINT32_MAX, .fallback = "1000",
                          .help = "an account with more than N counterparties in both directions is a hub"},
    [OPTION_WORK_LIMIT] = {"work-limit", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = UINT64_MAX, .fallback = "50000000",
                           .help = "cut off after N pieces of money"},
    [OPTION_NO_LABELS] = {"no-labels", 0, VALUE_SWITCH, .help = "do not stop at labelled services, mixers and bridges"},
    [OPTION_NO_DEPOSITS] = {"no-deposits", 0, VALUE_SWITCH, .help = "do not stop at deposit addresses of services"},
    [OPTION_NO_HUBS] = {"no-hubs", 0, VALUE_SWITCH, .help = "do not stop at hubs"},
    [OPTION_NO_COINJOINS] = {"no-coinjoins", 0, VALUE_SWITCH,
                             .help = "on Bitcoin and its kin, follow through CoinJoins as if one hand had signed"},
    [OPTION_NO_SWAPS] = {"no-swaps", 0, VALUE_SWITCH, .help = "take swaps for plain payments"},
    [OPTION_NO_SWAP_TO] = {"no-swap-to", 0, VALUE_SWITCH, .help = "take swaps paid out to somebody else for plain payments"},
    [OPTION_NO_WRAPS] = {"no-wraps", 0, VALUE_SWITCH, .help = "take wrapping and unwrapping for plain payments"},
    [OPTION_NO_LIQUIDITY] = {"no-liquidity", 0, VALUE_SWITCH,
                             .help = "take deposits for minted shares, and their redemption, for plain payments"},
    [OPTION_FOLLOW_UNKNOWN] = {"follow-unknown", 0, VALUE_SWITCH,
                               .help = "follow money of unknown origin that leaves reached accounts, as a suspicion apart"},
    [OPTION_FEES] = {"fees", 0, VALUE_WORD, "RULE", .words = "stop fees-first subsidy-first", .fallback = "stop",
                     .help = "on Bitcoin and its kin, where the taint of fees goes: nowhere, or into the coinbase, in front of "
                             "the subsidy or behind it"},
    [OPTION_REACHED] = {"reached", 0, VALUE_FILE, "FILE", .help = "also write the accounts reached: address,claim,stop"},
    [OPTION_CSV] = {"csv", 0, VALUE_FILE, "FILE", .help = "also write the edges as CSV"},
    [OPTION_GRAPHML] = {"graphml", 0, VALUE_FILE, "FILE", .help = "also write the flow as GraphML"},
    [OPTION_SVG] = {"svg", 0, VALUE_FILE, "FILE", .help = "also draw the flow as SVG"},
    [OPTION_CHANGE] = {"change", 0, VALUE_TEXT, "RULES", .fallback = "change joins nothing",
                       .help = "also join change to its payer where these rules say so: names with commas between, or all"},
    [OPTION_VOTES] = {"votes", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = 7, .fallback = "1",
                      .help = "join change only where N rules of --change agree and none says otherwise"},
    [OPTION_GUARD] =
        {"guard", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = UINT32_MAX, .fallback = "100000",
         .help = "refuse, and report, to join two clusters of N addresses and more each (by change: of 1,000 at most)"},
    [OPTION_HEIGHT] = {"height", 0, VALUE_COUNT, "N", .count_min = 0, .count_max = UINT32_MAX - 1, .fallback = "the newest",
                       .help = "as it was when block N was the last"},
    [OPTION_BATCHES] = {"batches", 0, VALUE_FILE, "FILE",
                        .help = "what was put into pools: a CSV with batch, first_utc, last_utc and n_deposits_<pool>eth"},
    [OPTION_RUNG] = {"rung", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = 4, .fallback = "4",
                     .help = "the weakest evidence wanted: 1 shared identifier, 2 named destination, 3 same address, 4 amount "
                             "and time alone"},
    [OPTION_CROSS] = {"cross", 0, VALUE_COUNT, "RUNG", .count_min = 0, .count_max = 4, .fallback = "1",
                      .help = "follow claims over bridges by matches of RUNG or better (imjin bridge match); 0: over none"},
    [OPTION_HTML] = {"html", 0, VALUE_FILE, "FILE", .help = "also write a report that needs no network"},
    [OPTION_EVIDENCE] = {"evidence", 0, VALUE_FILE, "FILE",
                         .help = "logs, transactions or an explorer's export to read its events and calls from",
                         .repeated = true},
    [OPTION_PUBLISHED] = {"published", 0, VALUE_TIME, "DATE", .fallback = "the day that the file gives, else today",
                          .help = "the day of publication of files that give none"},
    [OPTION_ACCEPT_SHRINK] = {"accept-shrink", 0, VALUE_TEXT, "REASON",
                              .help = "take a version although it holds far less than the last one; REASON is kept"},
    [OPTION_ALLOW_OLDER] = {"allow-older", 0, VALUE_SWITCH, .help = "take a version published before the last one"},
    [OPTION_URL] = {"url", 0, VALUE_TEXT, "URL", .fallback = "where the last version came from, else data/lists/sources.csv",
                    .help = "fetch from there: https, file, or http to this machine"},
    [OPTION_AS_OF] = {"as-of", 0, VALUE_TIME, "DATE", .fallback = "the newest",
                      .help = "the versions that were in force on that day"},
    [OPTION_INPUT] = {"input", 'i', VALUE_FILE, "FILE", .help = "what to read; - is standard input"},
    [OPTION_MODE] = {"mode", 0, VALUE_WORD, "NAME", .words = "imjin ofac jaro-winkler jaro-winkler-joined", .fallback = "imjin",
                     .help = "whose rules score names"},
    [OPTION_THRESHOLD] = {"threshold", 0, VALUE_COUNT, "N", .count_min = 1, .count_max = 1000, .fallback = "700",
                          .help = "a score of N thousandths or more is a match"},
    [OPTION_DOB] = {"dob", 0, VALUE_TEXT, "DATE", .help = "date or year of birth (1965-04-16, 1965, \"circa 1965\")"},
    [OPTION_COUNTRY] = {"country", 0, VALUE_TEXT, "CODE", .help = "nationality or country"},
    [OPTION_ID] = {"id", 0, VALUE_TEXT, "NUMBER", .help = "a passport, tax, registration or other number"},
    [OPTION_TYPE] = {"type", 0, VALUE_TEXT, "KIND", .help = "person, organization, company, vessel, airplane or wallet"},
    [OPTION_ADDRESS] = {"address", 0, VALUE_TEXT, "ADDRESS", .help = "a wallet"},
    [OPTION_GENDER] = {"gender", 0, VALUE_TEXT, "GENDER", .help = "male or female"},
    [OPTION_LISTS] = {"lists", 0, VALUE_TEXT, "NAMES", .fallback = "all", .help = "the lists to use, with commas"},
    [OPTION_SAVE] = {"save", 0, VALUE_TEXT, "NAME", .help = "keep the queries as a batch for imjin rescreen"},
    [OPTION_EXHAUSTIVE] = {"exhaustive", 0, VALUE_SWITCH, .help = "compare with every name; the answer is the same"},
    [OPTION_REASON] = {"reason", 0, VALUE_TEXT, "TEXT", .help = "why it was decided so"},
    [OPTION_AUTHOR] = {"author", 0, VALUE_TEXT, "TEXT", .help = "who decided"},
    [OPTION_EXPIRES] = {"expires", 0, VALUE_TIME, "DATE", .fallback = "never", .help = "the day from which it does not hold"},
    [OPTION_DATE] = {"date", 0, VALUE_TIME, "DATE", .fallback = "today", .help = "the day on which it was decided"},
    [OPTION_SEED] = {"seed", 0, VALUE_COUNT, "N", .count_min = 0, .count_max = UINT64_MAX, .fallback = "1",
                     .help = "where chance begins; the same seed gives the same file"},
    [OPTION_SCORE] = {"score", 0, VALUE_SWITCH, .help = "screen the file ourselves and count what is found"},
    [OPTION_ONLY] = {"only", 0, VALUE_WORD, "PATTERN", .words = PATTERN_WORDS, .fallback = "all",
                     .help = "look for this pattern", .repeated = true},
    [OPTION_WITHOUT] = {"without", 0, VALUE_WORD, "PATTERN", .words = PATTERN_WORDS, .help = "do not look for this pattern",
                        .repeated = true},
    [OPTION_FREEZE] = {"freeze", 0, VALUE_DIRECTORY, "DIR",
                       .help = "also write requests to those who can freeze what was found, a file each, into DIR"},
};

const struct option *option_at(enum option_id id) { return &options[id]; }

enum option_id option_find(const char *name, size_t bytes) {
    for (unsigned i = 0; i < OPTIONS; i++)
        if (strlen(options[i].name) == bytes && memcmp(options[i].name, name, bytes) == 0)
            return i;
    return OPTIONS;
}

enum option_id option_find_letter(char letter) {
    for (unsigned i = 0; i < OPTIONS; i++)
        if (options[i].letter && options[i].letter == letter)
            return i;
    return OPTIONS;
}
