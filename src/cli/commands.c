#include "cli/commands.h"

#define RULE_OPTIONS                                                                                                           \
    (OPTION_SET(OPTION_NO_SWAPS) | OPTION_SET(OPTION_NO_SWAP_TO) | OPTION_SET(OPTION_NO_WRAPS) |                               \
     OPTION_SET(OPTION_NO_LIQUIDITY))
#define FOLLOW_OPTIONS                                                                                                         \
    (OPTION_SET(OPTION_POLICY) | OPTION_SET(OPTION_UNTIL) | OPTION_SET(OPTION_HOPS) | OPTION_SET(OPTION_MIN_CLAIM) |           \
     OPTION_SET(OPTION_HUB_LIMIT) | OPTION_SET(OPTION_WORK_LIMIT) | OPTION_SET(OPTION_NO_LABELS) |                             \
     OPTION_SET(OPTION_NO_DEPOSITS) | OPTION_SET(OPTION_NO_HUBS) | RULE_OPTIONS)
#define FILE_OPTIONS                                                                                                           \
    (OPTION_SET(OPTION_REACHED) | OPTION_SET(OPTION_CSV) | OPTION_SET(OPTION_GRAPHML) | OPTION_SET(OPTION_SVG) |               \
     OPTION_SET(OPTION_HTML))

#define CLUSTER_OPTIONS (OPTION_SET(OPTION_CHANGE) | OPTION_SET(OPTION_VOTES) | OPTION_SET(OPTION_GUARD))

#define QUERY_OPTIONS                                                                                                          \
    (OPTION_SET(OPTION_DOB) | OPTION_SET(OPTION_COUNTRY) | OPTION_SET(OPTION_ID) | OPTION_SET(OPTION_TYPE) |                   \
     OPTION_SET(OPTION_ADDRESS) | OPTION_SET(OPTION_GENDER))
#define DECIDE_OPTIONS (OPTION_SET(OPTION_REASON) | OPTION_SET(OPTION_AUTHOR) | OPTION_SET(OPTION_DATE))

static const struct command commands[] = {
    {"init", "[DIR]", 0, 1, VALUE_DIRECTORY, 0, "make a workspace",
     "Makes a workspace in DIR (default: --workspace, else the working directory), which is new or empty. With --chain, "
     "commands that "
     "are given no chain mean that one.",
     "imjin init case-7\nimjin init case-7 --chain ethereum", false, command_init},
    {"import", "FILE...", 1, UINT32_MAX, VALUE_FILE,
     OPTION_SET(OPTION_FORMAT) | OPTION_SET(OPTION_ON_ERROR) | OPTION_SET(OPTION_ASSET) | OPTION_SET(OPTION_DECIMALS) |
         OPTION_SET(OPTION_MEMORY) | OPTION_SET(OPTION_NO_COMPILE),
     "read files into a ledger",
     "Reads value movements from files (plain, .gz, .zst; - is standard input) into the ledger of one chain. The format is "
     "told by "
     "the header and shown. On Bitcoin and its kin also blocks: a node's directory, its files, raw blocks, hex, or JSON of "
     "getblock. Importing the same rows again adds nothing; an import that was stopped or killed goes on where it "
     "was when "
     "the same command is run again. A bad row stops the import with file, line, column and reason and changes nothing, unless "
     "--on-error skip.\n\nAt the end the ledger is compiled, so that traces are instant.",
     "imjin import token_transfers.csv.gz transactions.csv\nimjin import --chain planted movements.csv\n"
     "zcat dump.csv.gz | imjin import --format movements -",
     false, command_import},
    {"info", "", 0, 0, VALUE_TEXT, 0, "say what the workspace holds",
     "Counts, ranges and identities of every ledger, and the labels. With --chain, of that ledger alone.", "imjin info --json",
     false, command_info},
    {"verify", "", 0, 0, VALUE_TEXT, 0, "recompute every hash, count, order and reference",
     "Reads everything again and recomputes every hash, count, order and reference of the ledgers, of what was "
     "compiled from them, and of the labels. Exit status 1 when something is not as it should be.",
     "imjin verify --threads 2", false, command_verify},
    {"compile", "", 0, 0, VALUE_TEXT, RULE_OPTIONS, "bring what traces read up to date, check it and mend it",
     "Compiles what is new in the ledger, which import and traces do by themselves, then checks every hash and every edge of "
     "what "
     "was compiled. What is damaged is made anew from the ledger. With rules switched off, the copy made for these rules.",
     "imjin compile", false, command_compile},
    {"label import", "FILE...", 1, UINT32_MAX, VALUE_FILE, OPTION_SET(OPTION_ON_ERROR), "read labels from files",
     "Reads GraphSense TagPacks and ActorPacks (YAML) and CSV (address,category[,label,actor,confidence,source...]). All files "
     "or none: a tag that cannot be read stops the import with file, line and reason and changes nothing, unless --on-error "
     "skip. With --chain, labels that name no chain apply to that chain alone.",
     "imjin label import labels.csv tagpack.yaml", false, command_label_import},
    {"label add", "ADDRESS LABEL", 2, 2, VALUE_TEXT,
     OPTION_SET(OPTION_CATEGORY) | OPTION_SET(OPTION_ACTOR) | OPTION_SET(OPTION_CONFIDENCE) | OPTION_SET(OPTION_SOURCE),
     "add one label by hand", "Adds one label. Other labels of the address stay; where they disagree, both are shown.",
     "imjin label add 0x28c6c06298d514db089934071355e5743bf21d60 \"Binance 14\" --category exchange --actor binance", false,
     command_label_add},
    {"label listed", "", 0, 0, VALUE_TEXT, OPTION_SET(OPTION_LISTS) | OPTION_SET(OPTION_AS_OF),
     "make labels of the wallets on sanctions lists",
     "Labels every wallet that the workspace's lists name as \"sanction\", with the record's name, its id as the actor and the "
     "list "
     "as the source, so that exposure says how far an account is from a listed one. Run it after lists add or update; labels "
     "that are there already stay.",
     "imjin label listed", false, command_label_listed},
    {"label list", "", 0, 0, VALUE_TEXT, OPTION_SET(OPTION_LIMIT) | OPTION_SET(OPTION_CONFLICTS), "list the labels",
     "Lists the labels by address. --conflicts lists the addresses whose labels of equal confidence name different roles or "
     "actors.",
     "imjin label list --conflicts", false, command_label_list},
    {"label show", "ADDRESS", 1, 1, VALUE_TEXT, 0, "show the labels of one address",
     "Shows every label of the address and which of them decides when money is followed. Exit status 1 when it has none.",
     "imjin label show 0x28c6c06298d514db089934071355e5743bf21d60", false, command_label_show},
    {"price import", "FILE...", 1, UINT32_MAX, VALUE_FILE, 0, "read prices from files",
     "Reads what assets were worth in US dollars from CSV files with the heading asset,time,usd[,chain][,source]. All files or "
     "none. Prices are for showing values; they decide no claim. With "
     "--chain, prices that name no chain are of that chain.",
     "imjin price import --chain ethereum prices.csv", false, command_price_import},
    {"price list", "", 0, 0, VALUE_TEXT, 0, "list the assets whose prices are known", "Each asset, since when and until when.",
     "imjin price list", false, command_price_list},
    {"lists add", "NAME FILE...", 2, UINT32_MAX, VALUE_FILE,
     OPTION_SET(OPTION_FORMAT) | OPTION_SET(OPTION_PUBLISHED) | OPTION_SET(OPTION_ACCEPT_SHRINK) |
         OPTION_SET(OPTION_ALLOW_OLDER),
     "read files into the next version of a sanctions list",
     "Reads a published list (plain, .gz, .zst) into the list NAME and makes that version the one that serves. The format is "
     "told by the content and shown; docs/lists.md has all of them. Tables that belong together, such as OFAC's four, are "
     "given "
     "together. What is not read is counted and listed.\n\nA version that cannot be read, has no record, goes back in time or "
     "holds far less than the one before is refused, and the one before goes on serving.",
     "imjin lists add un consolidated.xml\nimjin lists add ofac sdn.csv alt.csv add.csv sdn_comments.csv\n"
     "imjin lists add wallets --published 2023-04-24 sanctioned_addresses_XBT.txt",
     false, command_lists_add},
    {"lists update", "[NAME...]", 0, UINT32_MAX, VALUE_TEXT,
     OPTION_SET(OPTION_URL) | OPTION_SET(OPTION_ACCEPT_SHRINK) | OPTION_SET(OPTION_ALLOW_OLDER),
     "fetch the next version of lists",
     "Fetches each list (without NAME: every list of the workspace that came from a URL) and adds what came as its next "
     "version, "
     "by the rules of \"lists add\". A server that says that nothing changed is believed. A list that fails does not stop the "
     "others; the exit status is that of the worst.",
     "imjin lists update un eu\nimjin lists update own --url https://example.org/list.csv", false, command_lists_update},
    {"lists diff", "NAME [BEFORE [AFTER]]", 1, 3, VALUE_TEXT, 0, "show what changed between two versions of a list",
     "Each entity that was added, removed or changed, and the values that came and went. BEFORE and AFTER are version numbers; "
     "without them: the last two. Exit status 1 when nothing changed.",
     "imjin lists diff un\nimjin lists diff un 3 5", false, command_lists_diff},
    {"lists show", "[NAME]", 0, 1, VALUE_TEXT, OPTION_SET(OPTION_AS_OF), "show the lists, or one of them in full",
     "Without NAME: each list with its version, day, counts and hash. With NAME: also how many records have each property, and "
     "what in the file was not read.",
     "imjin lists show\nimjin lists show un --as-of 2026-03-01", false, command_lists_show},
    {"lists history", "NAME", 1, 1, VALUE_TEXT, 0, "show every version of a list",
     "The chain of versions, oldest first: when each was published and fetched, from where, its counts and its hash.",
     "imjin lists history un", false, command_lists_history},
    {"lists verify", "[NAME...]", 0, UINT32_MAX, VALUE_TEXT, 0, "recompute every hash and reference of the lists",
     "Reads every version of the lists again and recomputes hashes, the chain, and what was kept of the files. Exit status 1 "
     "when something is not as it should be.",
     "imjin lists verify", false, command_lists_verify},
    {"compare", "", 0, 0, VALUE_TEXT,
     OPTION_SET(OPTION_INPUT) | OPTION_SET(OPTION_MODE) | OPTION_SET(OPTION_THRESHOLD) | OPTION_SET(OPTION_ON_ERROR),
     "score given pairs of parties",
     "Reads pairs, one JSON object a line with id, query and candidate (FollowTheMoney's properties: name, birthDate, country, "
     "passportNumber ...), and writes for each, in the same order, id, score from 0 to 1, match, and the parts of the score.",
     "imjin compare --input pairs.jsonl --output results.jsonl", false, command_compare},
    {"account", "ADDRESS", 1, 1, VALUE_TEXT, OPTION_SET(OPTION_LIMIT) | RULE_OPTIONS,
     "show what the ledger knows of an account", "Balances per asset, labels, counterparties and history of one account.",
     "imjin account 0x098b716b8aaf21512996dc57eb0615e2383e2f96", false, command_account},
    {"tx", "ID", 1, 1, VALUE_TEXT, RULE_OPTIONS | OPTION_SET(OPTION_EVIDENCE), "show one transaction, settled and explained",
     "The movements of a transaction, who gave and who got what after netting, and which gift became which gain by which rule.",
     "imjin tx 0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7", false, command_tx},
    {"trace", "", 0, 0, VALUE_TEXT,
     FOLLOW_OPTIONS | FILE_OPTIONS | OPTION_SET(OPTION_CROSS) | OPTION_SET(OPTION_FROM) | OPTION_SET(OPTION_FROM_FILE) |
         OPTION_SET(OPTION_ENGINE) | OPTION_SET(OPTION_FOLLOW_UNKNOWN) | OPTION_SET(OPTION_FEES) |
         OPTION_SET(OPTION_NO_COINJOINS),
     "follow stolen money forwards",
     "Follows what was stolen through payments, swaps and routers until it lies still or stops at a service. Every unit is "
     "accounted for: held, stopped, spent as fees, or cut off. --from and --from-file may be given several times; each theft "
     "is "
     "traced on its own. What is not compiled yet is compiled first.\n\nExit status 1 when nothing was stolen by what was "
     "asked.",
     "imjin trace --from 0x098b716b8aaf21512996dc57eb0615e2383e2f96,\"173600 ETH\"\n"
     "imjin trace --from-file sources.csv --policy fifo --reached reached.csv\n"
     "imjin trace --from-file sources.csv --policy haircut --json > trace.json",
     false, command_trace},
    {"sources", "SPEC", 1, 1, VALUE_TEXT, FOLLOW_OPTIONS, "find where an account's or a payment's money came from",
     "The same rules backwards: from what SPEC names (an account, part of what it received, or a transaction) to where it "
     "came from.",
     "imjin sources 0x0836222f2b2b24a3f36f98668ed8f0b38d1a872f", false, command_sources},
    {"exposure", "ADDRESS...", 1, UINT32_MAX, VALUE_TEXT, FOLLOW_OPTIONS, "say whom an account's money came from and went to",
     "Share and amount of what each account received and sent, by category of the counterparty: direct (the neighbour itself) "
     "and "
     "indirect (found by following the money).",
     "imjin exposure 0x0836222f2b2b24a3f36f98668ed8f0b38d1a872f --json", false, command_exposure},
    {"patterns", "ACCOUNT...|CASE", 1, UINT32_MAX, VALUE_TEXT,
     OPTION_SET(OPTION_ONLY) | OPTION_SET(OPTION_WITHOUT) | OPTION_SET(OPTION_LIMIT) | FOLLOW_OPTIONS,
     "find what launderers, and those who prey on them, do",
     "Looks at what the accounts did, or at every account that the money of a case passed through, by the rules of "
     "docs/patterns.md: chains and fans of payments, pass-through, structuring, bridges, mixers, swaps out of an issuer's "
     "reach, pools, dormancy, deposit addresses, look-alike addresses and fake tokens. Each finding has its rule, its evidence "
     "and a confidence. A pattern is a reason to look; it changes no claim.",
     "imjin patterns 0x098b716b8aaf21512996dc57eb0615e2383e2f96\nimjin patterns case-7 --without dormancy --json", false,
     command_patterns},
    {"mixer link", "", 0, 0, VALUE_TEXT,
     OPTION_SET(OPTION_BATCHES) | OPTION_SET(OPTION_FROM) | OPTION_SET(OPTION_LIMIT) | FOLLOW_OPTIONS,
     "find where notes came out of a mixer",
     "From batches of deposits into pools of the Tornado type to the accounts their notes most likely came out to. --batches "
     "is "
     "a CSV with the columns batch, first_utc, last_utc and n_deposits_100eth (the count; its name names the pool), or "
     "n_deposits and pool. With --from what was stolen is followed, and what went into the pools as whole notes is linked: a "
     "batch for each depositor. "
     "The ledger must hold the pools' deposits and withdrawals. Each lead has a score, the chance that it "
     "is right, and the evidence in bits (docs/mixer.md).\n\nWith --output the leads are written as CSV, a row a withdrawal: "
     "batch,recipient,tx_hash,score,lead; lead is 1 where the program stands by it.",
     "imjin mixer link --batches batches.csv --output leads.csv\nimjin mixer link --batches batches.csv --json", false,
     command_mixer_link},
    {"bridge import", "FILE...", 1, UINT32_MAX, VALUE_FILE, 0, "read deposits into and withdrawals out of bridges",
     "CSV files with the columns side, protocol, chain, time, tx, log, id, sender, recipient, asset, amount, decimals, "
     "other_chain, other_asset, input, memo, address, topics and data (docs/bridges.md); chain and tx are needed, the others "
     "may "
     "be empty or missing. Calldata (input), THORChain memos (memo) and contract events (address, topics, data) fill what a "
     "row "
     "leaves open; with --chain the logs that ethereum-etl exports can be read as they are. All files or nothing.",
     "imjin bridge import deposits.csv withdrawals.csv.gz\nimjin bridge import --chain ethereum logs.csv", false,
     command_bridge_import},
    {"bridge match", "", 0, 0, VALUE_TEXT, OPTION_SET(OPTION_RUNG) | OPTION_SET(OPTION_LIMIT),
     "find which withdrawal belongs to which deposit",
     "Matches the records of bridges one to one, by the strongest evidence first: shared identifier, destination named by the "
     "deposit, same address, amount and time alone. Each match has its rung, its evidence, the number of rivals, and the "
     "chance "
     "that it is right. Withdrawals that nothing was put in for are flagged: that is how thefts from bridges "
     "look.\n\nWith --output the matches are written as CSV.",
     "imjin bridge match\nimjin bridge match --rung 1 --json", false, command_bridge_match},
    {"cluster build", "", 0, 0, VALUE_TEXT, CLUSTER_OPTIONS, "find which addresses act together",
     "Joins the addresses whose coins are spent together in one transaction, on Bitcoin and its kin, except in CoinJoins, and "
     "says how many there are. The other cluster commands do this by themselves when blocks were added. With --change, also "
     "joins change to its payer; each set of options has clusters of its own. docs/clusters.md has every rule and its scores.",
     "imjin cluster build --chain bitcoin\nimjin cluster build --change reuse,script-type,optimal --votes 2", false,
     command_cluster_build},
    {"cluster show", "ADDRESS", 1, 1, VALUE_TEXT, CLUSTER_OPTIONS | OPTION_SET(OPTION_HEIGHT) | OPTION_SET(OPTION_LIMIT),
     "show the addresses that act together with one",
     "The cluster of an address: its id, which is the address of it that appeared first, and its members with their labels.",
     "imjin cluster show bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq --height 600000", false, command_cluster_show},
    {"cluster why", "ADDRESS ADDRESS", 2, 2, VALUE_TEXT, CLUSTER_OPTIONS | OPTION_SET(OPTION_HEIGHT),
     "show which transactions join two addresses",
     "The chain of transactions that joined two addresses of one cluster, each with the two addresses it joins and the rule. "
     "Exit status 1 when nothing joins them.",
     "imjin cluster why 1BoatSLRHtKNngkdXEeobR76b53LETtpyT 1CounterpartyXXXXXXXXXXXXXXXUWLpVr --json", false,
     command_cluster_why},
    {"cluster list", "", 0, 0, VALUE_TEXT, CLUSTER_OPTIONS | OPTION_SET(OPTION_LIMIT), "list the largest clusters",
     "The largest clusters first, each with its id and how many addresses it has.", "imjin cluster list --limit 100", false,
     command_cluster_list},
    {"cluster refused", "", 0, 0, VALUE_TEXT, CLUSTER_OPTIONS | OPTION_SET(OPTION_LIMIT),
     "list the merges that the guard refused",
     "Merges of two large clusters are refused, since one wrong one would make two services one. Each is a reason to look.",
     "imjin cluster refused", false, command_cluster_refused},
    {"cluster tx", "TX", 1, 1, VALUE_TEXT, OPTION_SET(OPTION_CHANGE),
     "say whether a transaction is a CoinJoin, and what its change is",
     "The type of CoinJoin that a transaction is consistent with, or why it is none, and which output each rule takes for "
     "change. All of this is leads.",
     "imjin cluster tx f250e997dc1a2d68861e03689d1709973e1964a62f929ba5727fe8607dafb676", false, command_cluster_tx},
    {"cluster peel", "TX", 1, 1, VALUE_TEXT, OPTION_SET(OPTION_LIMIT), "follow a peel chain",
     "The whole peel chain that a transaction is a hop of: what was peeled off at each hop and to whom, and where the rest is.",
     "imjin cluster peel f250e997dc1a2d68861e03689d1709973e1964a62f929ba5727fe8607dafb676", false, command_cluster_peel},
    {"cluster merges", "", 0, 0, VALUE_TEXT, CLUSTER_OPTIONS | OPTION_SET(OPTION_LIMIT), "write every merge as CSV",
     "Every merge in order of transactions: the two addresses, the transaction, its height, and the rule. From these rows "
     "alone "
     "the clusters of any height can be made again.",
     "imjin cluster merges --output merges.csv", false, command_cluster_merges},
    {"cluster verify", "", 0, 0, VALUE_TEXT, CLUSTER_OPTIONS, "compute the clusters again and compare",
     "Computes the clusters from the chain again and compares them with those on disk. Exit status 1 when they differ.",
     "imjin cluster verify", false, command_cluster_verify},
    {"report", "CASE", 1, 1, VALUE_DIRECTORY,
     FOLLOW_OPTIONS | OPTION_SET(OPTION_ENGINE) | OPTION_SET(OPTION_FOLLOW_UNKNOWN) | OPTION_SET(OPTION_CROSS) |
         OPTION_SET(OPTION_FREEZE),
     "write the report of a case",
     "CASE is a case file or its directory (docs/cases.md), or a SPEC. Writes report.html (one file, no network, printable), "
     "flow.svg, "
     "edges.csv, rests.csv, reached.csv, graph.graphml and trace.json into --output DIR, else into the workspace's cases/NAME. "
     "With --freeze, also a letter to each service and issuer that can freeze what lies somewhere, and actions.csv, the list "
     "of what they can do.",
     "imjin report data/cases/ronin-2022 --output ronin-report", false, command_report},
    {"watch", "CASE", 1, 1, VALUE_DIRECTORY, FOLLOW_OPTIONS | OPTION_SET(OPTION_ENGINE) | OPTION_SET(OPTION_FOLLOW_UNKNOWN),
     "say what moved since the last run",
     "Traces the case again and compares where its money lies with where it lay at the last run, which is kept in the "
     "workspace's "
     "cases/NAME/watch.tsv. Run it after an import.",
     "imjin import new.csv\nimjin watch data/cases/ronin-2022", false, command_watch},
    {"screen", "[NAME]", 0, 1, VALUE_TEXT,
     QUERY_OPTIONS | OPTION_SET(OPTION_INPUT) | OPTION_SET(OPTION_AS_OF) | OPTION_SET(OPTION_LISTS) |
         OPTION_SET(OPTION_THRESHOLD) | OPTION_SET(OPTION_LIMIT) | OPTION_SET(OPTION_SAVE) | OPTION_SET(OPTION_EXHAUSTIVE),
     "look names, numbers and wallets up in the lists",
     "Looks one name, number or wallet up in the workspace's lists, or every query of a file: CSV with the header "
     "name[,dob,country,id,type,address,gender,ref], JSON lines with such members, or FollowTheMoney entities. A file gives "
     "one "
     "line of JSON for each query in its order (docs/json.md), found or not. With --output, lines are written to FILE.part, "
     "which becomes FILE when all are there; a run that was stopped goes on where it was when the same command is run again. "
     "The same number or wallet is a match by itself.\n\nExit status 1 when nothing was found, 3 when a query could not be "
     "read.",
     "imjin screen \"Ri Chol Su\" --dob 1965-04-16\nimjin screen --input names.csv --output answers.jsonl\n"
     "imjin screen --address 0x098b716b8aaf21512996dc57eb0615e2383e2f96 --as-of 2022-04-01",
     false, command_screen},
    {"explain", "ENTITY [NAME]", 1, 2, VALUE_TEXT,
     QUERY_OPTIONS | OPTION_SET(OPTION_AS_OF) | OPTION_SET(OPTION_LISTS) | OPTION_SET(OPTION_THRESHOLD),
     "show how the score of a record for a query comes about",
     "Compares a query with every name of one record (its id, as screen shows it) and shows the whole calculation part by "
     "part, "
     "whatever the score; and why the record is taken for the same entity as records of other lists.",
     "imjin explain un:KPi.006 \"Pak Chang Ho\"", false, command_explain},
    {"decide match", "ENTITY [NAME]", 1, 2, VALUE_TEXT,
     QUERY_OPTIONS | DECIDE_OPTIONS | OPTION_SET(OPTION_EXPIRES) | OPTION_SET(OPTION_LISTS), "note that a query is this record",
     "Notes that the query is the record. The decision is bound to the version of the list and to what the record says: it "
     "stands on later versions until the record changes or the decision expires.",
     "imjin decide match un:KPi.006 \"Pak Chang Ho\" --dob 1964-06-18 --reason \"passport seen\" --author \"J. Doe\"", false,
     command_decide_match},
    {"decide dismiss", "ENTITY [NAME]", 1, 2, VALUE_TEXT,
     QUERY_OPTIONS | DECIDE_OPTIONS | OPTION_SET(OPTION_EXPIRES) | OPTION_SET(OPTION_LISTS),
     "note that a query is not this record",
     "Notes that the query is somebody else than the record. It is shown with the match from then on, and re-opened when the "
     "record changes.",
     "imjin decide dismiss un:KPi.006 \"Pak Chang Ho\" --reason \"born 1990\" --author \"J. Doe\" --expires 2027-01-01", false,
     command_decide_dismiss},
    {"decide merge", "ENTITY ENTITY", 2, 2, VALUE_TEXT, DECIDE_OPTIONS | OPTION_SET(OPTION_LISTS),
     "note that two records are one entity", "Notes that records of two lists are of one person or body.",
     "imjin decide merge un:KPi.006 ofac:20923 --reason \"same passport\" --author \"J. Doe\"", false, command_decide_merge},
    {"decide split", "ENTITY ENTITY", 2, 2, VALUE_TEXT, DECIDE_OPTIONS | OPTION_SET(OPTION_LISTS),
     "note that two records are two entities",
     "Notes that two records are not of one person or body, whatever their names, births and numbers say.",
     "imjin decide split un:KPi.006 ofac:20923 --reason \"different people\" --author \"J. Doe\"", false, command_decide_split},
    {"decide list", "", 0, 0, VALUE_TEXT, 0, "list the decisions",
     "Lists every decision, oldest first; nothing is ever deleted.", "imjin decide list --json", false, command_decide_list},
    {"rescreen", "[NAME]", 0, 1, VALUE_TEXT, OPTION_SET(OPTION_LISTS), "screen saved queries against what changed in the lists",
     "Screens the queries that screen --save kept (one batch, or all) against the records that were added, changed or deleted "
     "since they were last screened, and says which matches opened and which closed. Exit status 1 when nothing did.",
     "imjin rescreen customers", false, command_rescreen},
    {"mutate", "", 0, 0, VALUE_TEXT,
     OPTION_SET(OPTION_SEED) | OPTION_SET(OPTION_SCORE) | OPTION_SET(OPTION_LIMIT) | OPTION_SET(OPTION_LISTS) |
         OPTION_SET(OPTION_THRESHOLD),
     "make the supervisor's test file from the lists",
     "Changes listed names, births and wallets in some thirty ways (swapped, missing and extra parts, initials, slips of the "
     "keyboard, other scripts ...) and writes a file of queries whose column ref says what must be found and how it was "
     "changed. "
     "With --score they are screened here, and the share found is shown for each way.",
     "imjin mutate --seed 7 --limit 200 --output exam.csv\nimjin mutate --score", false, command_mutate},
    {"help", "[COMMAND]", 0, 2, VALUE_TEXT, 0, "explain a command", "Shows this, or the help of one command.",
     "imjin help trace", false, command_help},
    {"version", "", 0, 0, VALUE_TEXT, 0, "show the version", "Shows the version of the program.", NULL, false, command_version},
    {"documentation", "man|bash", 1, 1, VALUE_TEXT, 0, "write the man page or the completion script",
     "Writes documentation made from the table of commands.", NULL, true, command_documentation},
};

const struct command *command_table(unsigned *ret_count) {
    *ret_count = sizeof commands / sizeof *commands;
    return commands;
}

const struct command *command_find(const char *name) {
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

bool command_is_group(const char *word) {
    size_t bytes = strlen(word);
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strncmp(commands[i].name, word, bytes) == 0 && commands[i].name[bytes] == ' ')
            return true;
    return false;
}

const char text_about[] =
    "imjin follows stolen crypto through ledgers and swaps, offline and exactly, and says with evidence where it is.";

const char text_spec[] =
    "ADDRESS[,AMOUNT[,ASSET[,TIME]]]: what ADDRESS received of ASSET from TIME on, the first first, up to AMOUNT. AMOUNT is a "
    "whole number of base units, or has a decimal point or a unit (\"173600 ETH\", \"1.5 ETH\"). ASSET is a symbol, a token "
    "contract, or contract#item. Or: the id of a transaction, for what its receivers got. Or: a case file or its directory.";

const char text_exit[] = "0  done\n1  found nothing, or a check failed\n2  wrong use\n3  bad input: nothing was changed\n"
                         "4  the machine failed: memory, disk, a lock, closed output, a request to stop";

const char text_files[] = "imjin.conf        settings of a workspace; marks its directory\n"
                          "ledger/CHAIN/     the movements, append-only (docs/format.md)\n"
                          "compiled/CHAIN/   what traces read; made from the ledger, may be deleted\n"
                          "labels/           who is behind an address\n"
                          "cases/NAME/       reports";
