#include "cli/documentation.h"

#include <stdio.h>

#include "ingest/ingest.h"

enum { WIDTH = 80, OPTION_COLUMN = 22, COMMAND_COLUMN = 18 };

static void spaces(struct text *t, unsigned count) { text_add_format(t, "%*s", (int)count, ""); }

void text_wrap(struct text *t, const char *words, unsigned indent, unsigned column) {
    bool fresh = column == 0;
    while (*words) {
        size_t bytes = strcspn(words, " \n");
        if (!fresh && column + 1 + bytes > WIDTH) {
            text_add_string(t, "\n");
            fresh = true;
        }
        if (fresh) {
            spaces(t, indent);
            column = indent;
        } else if (column > indent) {
            text_add_string(t, " ");
            column++;
        }
        text_add(t, words, bytes);
        column += (unsigned)bytes;
        fresh = false;
        words += bytes;
        if (strncmp(words, "\n\n", 2) == 0) {
            text_add_string(t, "\n");
            fresh = true;
        }
        if (*words == '\n') {
            text_add_string(t, "\n");
            fresh = true;
        }
        words += strspn(words, " \n");
    }
    text_add_string(t, "\n");
}

static void left_column(struct text *t, const char *left, const char *right, unsigned column) {
    text_add_format(t, "  %-*s", (int)column - 2, left);
    unsigned at = (unsigned)strlen(left) + 2;
    if (at >= column) {
        text_add_string(t, "\n");
        at = 0;
    }
    text_wrap(t, right, column, at ? column : 0);
}

static void add_option(struct text *t, enum option_id id) {
    const struct option *o = option_at(id);
    char left[64], right[512], letter[8] = "";
    int used;
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    used = snprintf(right, sizeof right, "%s", o->help);
    if (o->words)
        used += snprintf(right + used, sizeof right - (size_t)used, ": %s", o->words);
    if (o->fallback)
        snprintf(right + used, sizeof right - (size_t)used, " (default: %s)", o->fallback);
    left_column(t, left, right, OPTION_COLUMN + 2);
}

static void add_options(struct text *t, const char *title, option_set set) {
    if (set == 0)
        return;
    text_add_format(t, "\n%s:\n", title);
    for (unsigned i = 0; i < OPTIONS; i++)
        if (set & OPTION_SET(i))
            add_option(t, i);
}

static void add_commands(struct text *t, const char *group) {
    unsigned count;
    const struct command *commands = command_table(&count);
    for (unsigned i = 0; i < count; i++)
        if (!commands[i].hidden && (group == NULL || strncmp(commands[i].name, group, strlen(group)) == 0))
            left_column(t, commands[i].name, commands[i].summary, COMMAND_COLUMN);
}

static void add_lines(struct text *t, const char *title, const char *lines) {
    text_add_format(t, "\n%s:\n", title);
    while (*lines) {
        size_t bytes = strcspn(lines, "\n");
        text_add_format(t, "  %.*s\n", (int)bytes, lines);
        lines += bytes + (lines[bytes] == '\n');
    }
}

void help_overview(struct text *t) {
    text_add_string(t, "usage: imjin [--workspace DIR] COMMAND [options] ...\n\n");
    text_wrap(t, text_about, 0, 0);
    text_add_string(t, "\nCommands:\n");
    add_commands(t, NULL);
    add_options(t, "Options of every command", option_set_global);
    add_lines(t, "Exit status", text_exit);
    text_add_string(t, "\n\"imjin COMMAND --help\" explains a command; \"man imjin\" all of them.\n");
}

void help_group(struct text *t, const char *group) {
    text_add_format(t, "usage: imjin %s COMMAND [options] ...\n\nCommands:\n", group);
    add_commands(t, group);
    text_add_format(t, "\n\"imjin %s COMMAND --help\" explains a command.\n", group);
}

static void add_formats(struct text *t) {
    text_add_string(t, "\nFormats:\n");
    for (unsigned i = 0; i < ingest_format_count(); i++)
        left_column(t, ingest_format_at(i)->name, ingest_format_at(i)->description, OPTION_COLUMN + 2);
}

void help_command(struct text *t, const struct command *c) {
    text_add_format(t, "usage: imjin %s%s%s%s\n\n", c->name, c->options ? " [options]" : "", *c->operands ? " " : "",
                    c->operands);
    text_wrap(t, c->text, 0, 0);
    add_options(t, "Options", c->options);
    if (c->options & OPTION_SET(OPTION_FORMAT))
        add_formats(t);
    if ((c->options & OPTION_SET(OPTION_FROM)) || strstr(c->operands, "SPEC")) {
        text_add_string(t, "\nSPEC:\n");
        text_wrap(t, text_spec, 2, 0);
    }
    if (c->examples)
        add_lines(t, "Examples", c->examples);
    add_options(t, "Options of every command", option_set_global);
}
