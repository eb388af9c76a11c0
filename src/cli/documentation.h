/* Help, man page and shell completion, all made from the table. Append to a text whose errors stick. */
#ifndef IMJIN_CLI_DOCUMENTATION_H
#define IMJIN_CLI_DOCUMENTATION_H

#include "cli/table.h"

void help_overview(struct text *t);
void help_group(struct text *t, const char *group); /* the commands that begin with `group` */
void help_command(struct text *t, const struct command *c);
void man_page(struct text *t, const char *version);
void completion_bash(struct text *t);

/* Adds words wrapped to the width of a terminal: each line begins with `indent` spaces, the first one too unless the text
 * already stands in column `column`. An empty line in `words` stays one. */
void text_wrap(struct text *t, const char *words, unsigned indent, unsigned column);

#endif
