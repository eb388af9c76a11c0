/* The one table of commands and options. Parsing, --help, the man page and shell completion all come from it.
 * Constant data; safe on any thread. */
#ifndef IMJIN_CLI_TABLE_H
#define IMJIN_CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

struct session;

enum option_id {
    OPTION_WORKSPACE,
    OPTION_CHAIN,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_OUTPUT,
    OPTION_QUIET,
    OPTION_NO_PROGRESS,
    OPTION_COLOR,
    OPTION_NO_COLOR,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_FORMAT,
    OPTION_ON_ERROR,
    OPTION_ASSET,
    OPTION_DECIMALS,
    OPTION_MEMORY,
    OPTION_NO_COMPILE,
    OPTION_CATEGORY,
    OPTION_ACTOR,
    OPTION_CONFIDENCE,
    OPTION_SOURCE,
    OPTION_LIMIT,
    OPTION_CONFLICTS,
    OPTION_FROM,
    OPTION_FROM_FILE,
    OPTION_POLICY,
    OPTION_ENGINE,
    OPTION_UNTIL,
    OPTION_HOPS,
    OPTION_MIN_CLAIM,
    OPTION_HUB_LIMIT,
    OPTION_WORK_LIMIT,
    OPTION_NO_LABELS,
    OPTION_NO_DEPOSITS,
    OPTION_NO_HUBS,
    OPTION_NO_COINJOINS,
    OPTION_NO_SWAPS,
    OPTION_NO_SWAP_TO,
    OPTION_NO_WRAPS,
    OPTION_NO_LIQUIDITY,
    OPTION_FOLLOW_UNKNOWN,
    OPTION_FEES,
    OPTION_REACHED,
    OPTION_CSV,
    OPTION_GRAPHML,
    OPTION_SVG,
    OPTION_HTML,
    OPTION_PUBLISHED,
    OPTION_ACCEPT_SHRINK,
    OPTION_ALLOW_OLDER,
    OPTION_AS_OF,
    OPTION_URL,
    OPTION_BATCHES,
    OPTION_RUNG,
    OPTION_CROSS,
    OPTION_INPUT,
    OPTION_MODE,
    OPTION_THRESHOLD,
    OPTION_DOB,
    OPTION_COUNTRY,
    OPTION_ID,
    OPTION_TYPE,
    OPTION_ADDRESS,
    OPTION_GENDER,
    OPTION_LISTS,
    OPTION_SAVE,
    OPTION_EXHAUSTIVE,
    OPTION_REASON,
    OPTION_AUTHOR,
    OPTION_EXPIRES,
    OPTION_DATE,
    OPTION_SEED,
    OPTION_SCORE,
    OPTION_CHANGE,
    OPTION_VOTES,
    OPTION_GUARD,
    OPTION_HEIGHT,
    OPTION_ONLY,
    OPTION_WITHOUT,
    OPTION_EVIDENCE,
    OPTION_FREEZE,
    OPTIONS,
};
typedef u128 option_set; /* of option ids */
_Static_assert(OPTIONS <= 128, "a command's options are a 128-bit set");

/* What a value must look like: checked while parsing, so that a command starts with sound values. */
enum value_kind {
    VALUE_SWITCH,    /* takes none */
    VALUE_TEXT,      /* anything */
    VALUE_WORD,      /* one of `words` */
    VALUE_COUNT,     /* decimal, [count_min, count_max] */
    VALUE_UNITS,     /* decimal, below 2^128 */
    VALUE_BYTES,     /* decimal with K, M, G */
    VALUE_TIME,      /* as time_parse() reads it */
    VALUE_FILE,      /* completed as a file */
    VALUE_DIRECTORY, /* completed as a directory */
};

struct option {
    const char *name; /* long name without "--" */
    char letter;      /* one-letter form, or 0 */
    enum value_kind kind;
    const char *argument; /* what help calls the value; null for a switch */
    const char *words;    /* VALUE_WORD: choices, a space between */
    uint64_t count_min, count_max;
    const char *fallback; /* what holds without the option, as help says it; null: nothing to say */
    const char *help;     /* one sentence without a full stop */
    bool repeated;        /* may be given several times */
};

struct command {
    const char *name;     /* "trace", "label import" */
    const char *operands; /* as usage shows them; "" for none */
    unsigned operands_min, operands_max;
    enum value_kind operand_kind; /* for completion */
    option_set options;           /* the global ones come on top */
    const char *summary;          /* one line, imperative */
    const char *text;             /* what it does: paragraphs, an empty line between */
    const char *examples;         /* command lines, a line each; may be null */
    bool hidden;                  /* neither in help nor in completion */
    enum imjin_status (*run)(struct session *s, struct error *err);
};

#define OPTION_SET(id) ((option_set)1 << (id))
extern const option_set option_set_global;
const struct option *option_at(enum option_id id);
/* By long name; OPTIONS when there is none. */
enum option_id option_find(const char *name, size_t bytes);
enum option_id option_find_letter(char letter);

const struct command *command_table(unsigned *ret_count);
/* By whole name ("label import"); null when there is none. */
const struct command *command_find(const char *name);
/* True when `word` is the first of two words of some command ("label"). */
bool command_is_group(const char *word);

/* The text shared by help and man page. */
extern const char text_about[], text_spec[], text_exit[], text_files[];

#endif
