/* The command line, read against the table. */
#ifndef IMJIN_CLI_ARGUMENTS_H
#define IMJIN_CLI_ARGUMENTS_H

#include "cli/table.h"

struct given_option {
    enum option_id id;
    const char *value; /* "" for a switch */
};
/* Texts are those of argv and live as long as it. Options given stand in `given` in their order. */
struct arguments {
    const struct command *command; /* null: no command, or a group of commands */
    const char *group;             /* "label", when only the first word was given; else null */
    struct given_option *given;
    unsigned given_count;
    const char **operands;
    unsigned operand_count;
};

/* Fails with IMJIN_USAGE and a suggestion where one is near. Every value has the form its option asks for. --help and
 * --version make missing operands right. */
enum imjin_status arguments_parse(struct arguments *ret, int argc, char *const *argv, struct error *err);
void arguments_done(struct arguments *a);

[[nodiscard]] bool arguments_has(const struct arguments *a, enum option_id id);
/* The last value given; null when the option was not given. */
const char *arguments_text(const struct arguments *a, enum option_id id);
/* Values of options whose form was checked; `fallback` when not given. */
uint64_t arguments_count(const struct arguments *a, enum option_id id, uint64_t fallback);
uint64_t arguments_bytes(const struct arguments *a, enum option_id id, uint64_t fallback);
/* Which of the option's words was given: 0 for the first, and for none. */
unsigned arguments_word(const struct arguments *a, enum option_id id);

/* IMJIN_USAGE: there is no command `name`, and which one may have been meant. */
enum imjin_status fail_command(struct error *err, const char *name);

/* The nearest of `words` (`count` of them) to `word` within two slips; null when none is near. */
const char *suggestion_for(const char *word, const char *const *words, unsigned count);

#endif
