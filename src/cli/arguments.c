#include "cli/arguments.h"

#include <stdio.h>

#include "chain/chain.h"
#include "cli/limits.h"

enum { NAMES_MAX = 128, SLIPS_MAX = 2 };

/* Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
static unsigned slips_between(const char *a, unsigned a_bytes, const char *b, unsigned b_bytes) {
    unsigned row[CLI_SUGGESTION_BYTES_MAX + 1][CLI_SUGGESTION_BYTES_MAX + 1];
    for (unsigned i = 0; i <= a_bytes; i++)
        row[i][0] = i;
    for (unsigned j = 0; j <= b_bytes; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a_bytes; i++) {
        for (unsigned j = 1; j <= b_bytes; j++) {
            unsigned best = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = row[i - 1][j] + 1 < best ? row[i - 1][j] + 1 : best;
            best = row[i][j - 1] + 1 < best ? row[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && row[i - 2][j - 2] + 1 < best)
                best = row[i - 2][j - 2] + 1;
            row[i][j] = best;
        }
    }
    return row[a_bytes][b_bytes];
}

const char *suggestion_for(const char *word, const char *const *words, unsigned count) {
    size_t bytes = strlen(word);
    const char *nearest = NULL;
    unsigned fewest = SLIPS_MAX + 1;
    if (bytes < 2 || bytes > CLI_SUGGESTION_BYTES_MAX)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        size_t other = strlen(words[i]);
        if (other > CLI_SUGGESTION_BYTES_MAX)
            continue;
        unsigned slips = slips_between(word, (unsigned)bytes, words[i], (unsigned)other);
        if (slips < fewest && slips < bytes) {
            fewest = slips;
            nearest = words[i];
        }
    }
    return nearest;
}

static enum imjin_status fail_unknown(struct error *err, const char *kind, const char *dashes, const char *word,
                                      const char *const *words, unsigned count, const char *see) {
    char seen[ERROR_VALUE_MAX];
    const char *nearest = suggestion_for(word, words, count);
    escape_ascii(seen, sizeof seen, word, strlen(word));
    if (nearest)
        return fail(err, IMJIN_USAGE, "unknown %s %s%s; did you mean %s%s?", kind, dashes, seen, dashes, nearest);
    return fail(err, IMJIN_USAGE, "unknown %s %s%s; \"%s\" lists them", kind, dashes, seen, see);
}

enum imjin_status fail_command(struct error *err, const char *word) {
    const char *names[NAMES_MAX];
    unsigned count, named = 0;
    const struct command *commands = command_table(&count);
    for (unsigned i = 0; i < count && named < NAMES_MAX; i++)
        if (!commands[i].hidden)
            names[named++] = commands[i].name;
    return fail_unknown(err, "command", "", word, names, named, "imjin help");
}

static enum imjin_status fail_option(struct error *err, const char *name, const struct command *command) {
    const char *names[OPTIONS];
    unsigned named = 0;
    char see[96];
    for (unsigned i = 0; i < OPTIONS; i++)
        if (command == NULL || ((command->options | option_set_global) & OPTION_SET(i)))
            names[named++] = option_at(i)->name;
    snprintf(see, sizeof see, "imjin %s%s--help", command ? command->name : "", command ? " " : "");
    return fail_unknown(err, "option", "--", name, names, named, see);
}

static bool word_among(const char *words, const char *word, unsigned *ret_at) {
    unsigned at = 0;
    size_t bytes = strlen(word);
    for (const char *from = words; *from; at++) {
        size_t count = strcspn(from, " ");
        if (count == bytes && memcmp(from, word, bytes) == 0) {
            *ret_at = at;
            return true;
        }
        from += count + (from[count] == ' ');
    }
    return false;
}

static bool bytes_parse(const char *text, uint64_t *ret) {
    size_t count = strlen(text);
    unsigned shift = 0;
    uint64_t value;
    if (count > 1) {
        switch (text[count - 1]) {
        case 'K':
            shift = 10;
            break;
        case 'M':
            shift = 20;
            break;
        case 'G':
            shift = 30;
            break;
        }
    }
    if (!u64_parse(text, count - (shift != 0), &value) || value > UINT64_MAX >> shift)
        return false;
    *ret = value << shift;
    return true;
}

static enum imjin_status value_check(const struct option *o, const char *value, struct error *err) {
    char seen[ERROR_VALUE_MAX];
    uint64_t count;
    unsigned at;
    u128 units;
    int64_t time;
    escape_ascii(seen, sizeof seen, value, strlen(value));
    switch (o->kind) {
    case VALUE_WORD:
        if (!word_among(o->words, value, &at))
            return fail(err, IMJIN_USAGE, "--%s is one of: %s (not \"%s\")", o->name, o->words, seen);
        return IMJIN_OK;
    case VALUE_COUNT:
        if (!u64_parse(value, strlen(value), &count) || count < o->count_min || count > o->count_max)
            return fail(err, IMJIN_USAGE, "--%s needs a number from %llu to %llu (not \"%s\")", o->name,
                        (unsigned long long)o->count_min, (unsigned long long)o->count_max, seen);
        return IMJIN_OK;
    case VALUE_UNITS:
        if (!u128_parse(value, strlen(value), &units))
            return fail(err, IMJIN_USAGE, "--%s needs a whole number of base units below 2^128 (not \"%s\")", o->name, seen);
        return IMJIN_OK;
    case VALUE_BYTES:
        if (!bytes_parse(value, &count) || count == 0)
            return fail(err, IMJIN_USAGE, "--%s needs a size such as 512M or 2G (not \"%s\")", o->name, seen);
        return IMJIN_OK;
    case VALUE_TIME:
        if (time_parse(&time, span_of(value), NULL) != IMJIN_OK)
            return fail(err, IMJIN_USAGE, "--%s needs a time such as 2022-03-23 or \"2022-03-23 13:29:09\" (not \"%s\")",
                        o->name, seen);
        return IMJIN_OK;
    case VALUE_FILE:
    case VALUE_DIRECTORY:
        return *value ? IMJIN_OK : fail(err, IMJIN_USAGE, "--%s needs a name", o->name);
    case VALUE_SWITCH:
    case VALUE_TEXT:
        return IMJIN_OK;
    }
    return IMJIN_OK;
}

/* One reading of argv: where it stands, and what was found. */
struct reading {
    int argc, at;
    char *const *argv;
    struct arguments *a;
};

static enum imjin_status option_give(struct reading *r, enum option_id id, const char *value, struct error *err) {
    const struct option *o = option_at(id);
    if (o->kind == VALUE_SWITCH) {
        if (value)
            return fail(err, IMJIN_USAGE, "--%s takes no value", o->name);
        value = "";
    } else if (value == NULL) {
        if (r->at >= r->argc)
            return fail(err, IMJIN_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->argument);
        value = r->argv[r->at++];
    }
    r->a->given[r->a->given_count++] = (struct given_option){id, value};
    return IMJIN_OK;
}

static enum imjin_status long_option(struct reading *r, const char *text, struct error *err) {
    char name[64];
    size_t bytes = strcspn(text, "=");
    enum option_id id = option_find(text, bytes);
    if (id != OPTIONS)
        return option_give(r, id, text[bytes] ? text + bytes + 1 : NULL, err);
    snprintf(name, sizeof name, "%.*s", (int)(bytes < sizeof name ? bytes : sizeof name - 1), text);
    return fail_option(err, name, r->a->command);
}

static enum imjin_status letter_option(struct reading *r, const char *text, struct error *err) {
    char seen[ERROR_VALUE_MAX];
    enum option_id id = option_find_letter(text[0]);
    escape_ascii(seen, sizeof seen, text, strlen(text));
    if (id == OPTIONS || (text[1] && option_at(id)->kind == VALUE_SWITCH))
        return fail(err, IMJIN_USAGE, "unknown option -%s; \"imjin help\" lists them", seen);
    return option_give(r, id, text[1] ? text + 1 : NULL, err);
}

/* A word that is neither option nor value: the command's first or second word, or an operand. */
static enum imjin_status plain_word(struct reading *r, const char *word, struct error *err) {
    struct arguments *a = r->a;
    if (a->command) {
        a->operands[a->operand_count++] = word;
        return IMJIN_OK;
    }
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", a->group ? a->group : "", a->group ? " " : "", word);
    a->command = command_find(name);
    if (a->command)
        return IMJIN_OK;
    if (a->group == NULL && command_is_group(word)) {
        a->group = word;
        return IMJIN_OK;
    }
    return fail_command(err, name);
}

static enum imjin_status read_words(struct reading *r, struct error *err) {
    bool options_ended = false;
    while (r->at < r->argc) {
        const char *word = r->argv[r->at++];
        if (options_ended || word[0] != '-' || word[1] == '\0')
            TRY(plain_word(r, word, err));
        else if (strcmp(word, "--") == 0)
            options_ended = true;
        else if (word[1] == '-')
            TRY(long_option(r, word + 2, err));
        else
            TRY(letter_option(r, word + 1, err));
    }
    return IMJIN_OK;
}

static enum imjin_status check_options(const struct arguments *a, struct error *err) {
    option_set seen = 0;
    for (unsigned i = 0; i < a->given_count; i++) {
        enum option_id id = a->given[i].id;
        const struct option *o = option_at(id);
        if (a->command && !((a->command->options | option_set_global) & OPTION_SET(id)))
            return fail(err, IMJIN_USAGE, "--%s means nothing to \"imjin %s\"; \"imjin %s --help\" lists its options", o->name,
                        a->command->name, a->command->name);
        if ((seen & OPTION_SET(id)) && !o->repeated && o->kind != VALUE_SWITCH)
            return fail(err, IMJIN_USAGE, "--%s was given twice", o->name);
        seen |= OPTION_SET(id);
        TRY(value_check(o, a->given[i].value, err));
    }
    return IMJIN_OK;
}

static enum imjin_status check_operands(const struct arguments *a, struct error *err) {
    const struct command *c = a->command;
    if (c == NULL || arguments_has(a, OPTION_HELP) || arguments_has(a, OPTION_VERSION))
        return IMJIN_OK;
    if (a->operand_count < c->operands_min)
        return fail(err, IMJIN_USAGE, "\"imjin %s\" needs %s; \"imjin %s --help\" explains", c->name, c->operands, c->name);
    if (a->operand_count > c->operands_max)
        return fail(err, IMJIN_USAGE, "\"imjin %s\" takes %s; \"%.60s\" is one too many", c->name,
                    c->operands_max ? c->operands : "no operands", a->operands[c->operands_max]);
    return IMJIN_OK;
}

enum imjin_status arguments_parse(struct arguments *ret, int argc, char *const *argv, struct error *err) {
    struct arguments a = {.given = memory_new((size_t)argc + 1, sizeof *a.given),
                          .operands = memory_new((size_t)argc + 1, sizeof *a.operands)};
    struct reading r = {argc, 1, argv, &a};
    if (a.given == NULL || a.operands == NULL) {
        arguments_done(&a);
        return fail_memory(err, "the command line");
    }
    enum imjin_status status = read_words(&r, err);
    if (status == IMJIN_OK)
        status = check_options(&a, err);
    if (status == IMJIN_OK)
        status = check_operands(&a, err);
    if (status != IMJIN_OK) {
        arguments_done(&a);
        return status;
    }
    *ret = a;
    return IMJIN_OK;
}

void arguments_done(struct arguments *a) {
    memory_free(a->given);
    memory_free(a->operands);
    *a = (struct arguments){0};
}

bool arguments_has(const struct arguments *a, enum option_id id) { return arguments_text(a, id) != NULL; }

const char *arguments_text(const struct arguments *a, enum option_id id) {
    for (unsigned i = a->given_count; i > 0; i--)
        if (a->given[i - 1].id == id)
            return a->given[i - 1].value;
    return NULL;
}

uint64_t arguments_count(const struct arguments *a, enum option_id id, uint64_t fallback) {
    const char *text = arguments_text(a, id);
    uint64_t count = fallback;
    INVARIANT(text == NULL || u64_parse(text, strlen(text), &count));
    return count;
}

uint64_t arguments_bytes(const struct arguments *a, enum option_id id, uint64_t fallback) {
    const char *text = arguments_text(a, id);
    uint64_t count = fallback;
    INVARIANT(text == NULL || bytes_parse(text, &count));
    return count;
}

unsigned arguments_word(const struct arguments *a, enum option_id id) {
    const char *text = arguments_text(a, id);
    unsigned at = 0;
    INVARIANT(text == NULL || word_among(option_at(id)->words, text, &at));
    return at;
}
