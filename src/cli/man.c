#include "cli/documentation.h"
#include "ingest/ingest.h"

/* Escapes what roff would take for a request or an escape. */
static void roff(struct text *t, const char *plain) {
    bool line_begins = true;
    for (; *plain; plain++) {
        if (strncmp(plain, "\n\n", 2) == 0) {
            text_add_string(t, "\n.PP\n");
            plain++;
            line_begins = true;
            continue;
        }
        if (line_begins && (*plain == '.' || *plain == '\''))
            text_add_string(t, "\\&");
        line_begins = *plain == '\n';
        if (*plain == '\\')
            text_add_string(t, "\\e");
        else if (*plain == '-')
            text_add_string(t, "\\-");
        else
            text_add(t, plain, 1);
    }
}

static void verbatim(struct text *t, const char *lines) {
    text_add_string(t, ".PP\n.nf\n.RS 4\n");
    roff(t, lines);
    text_add_string(t, "\n.RE\n.fi\n");
}

static void option_entry(struct text *t, const struct option *o) {
    text_add_string(t, ".TP\n");
    if (o->letter)
        text_add_format(t, "\\fB\\-%c\\fR, ", o->letter);
    text_add_string(t, "\\fB\\-\\-");
    roff(t, o->name);
    text_add_string(t, "\\fR");
    if (o->argument)
        text_add_format(t, " \\fI%s\\fR", o->argument);
    text_add_string(t, "\n");
    roff(t, o->help);
    if (o->words) {
        text_add_string(t, ": ");
        roff(t, o->words);
    }
    if (o->fallback) {
        text_add_string(t, " (default: ");
        roff(t, o->fallback);
        text_add_string(t, ")");
    }
    text_add_string(t, ".\n");
}

static void option_entries(struct text *t, option_set set) {
    for (unsigned i = 0; i < OPTIONS; i++)
        if (set & OPTION_SET(i))
            option_entry(t, option_at(i));
}

static void command_section(struct text *t, const struct command *c) {
    text_add_string(t, ".SS \"imjin ");
    roff(t, c->name);
    text_add_string(t, c->options ? " [options]" : "");
    text_add_string(t, *c->operands ? " " : "");
    roff(t, c->operands);
    text_add_string(t, "\"\n");
    roff(t, c->text);
    text_add_string(t, "\n");
    option_entries(t, c->options);
    if (c->examples)
        verbatim(t, c->examples);
}

static void format_section(struct text *t) {
    text_add_string(t, ".SH FORMATS\nWhat \\fBimport\\fR reads, told by each file's header:\n");
    for (unsigned i = 0; i < ingest_format_count(); i++) {
        text_add_string(t, ".TP\n\\fB");
        roff(t, ingest_format_at(i)->name);
        text_add_string(t, "\\fR\n");
        roff(t, ingest_format_at(i)->description);
        text_add_string(t, "\n");
    }
}

void man_page(struct text *t, const char *version) {
    unsigned count;
    const struct command *commands = command_table(&count);
    text_add_format(t, ".TH IMJIN 1 \"\" \"imjin %s\" \"User Commands\"\n", version);
    text_add_string(t, ".SH NAME\nimjin \\- follow stolen crypto through ledgers\n");
    text_add_string(t, ".SH SYNOPSIS\n.B imjin\n[\\fB\\-\\-workspace\\fR \\fIDIR\\fR] \\fICOMMAND\\fR [\\fIoptions\\fR] ...\n");
    text_add_string(t, ".SH DESCRIPTION\n");
    roff(t, text_about);
    text_add_string(t, "\n.SH COMMANDS\n");
    for (unsigned i = 0; i < count; i++)
        if (!commands[i].hidden)
            command_section(t, &commands[i]);
    text_add_string(t, ".SH OPTIONS OF EVERY COMMAND\n");
    option_entries(t, option_set_global);
    text_add_string(t, ".SH SPEC\n");
    roff(t, text_spec);
    text_add_string(t, "\n");
    format_section(t);
    text_add_string(t, ".SH EXIT STATUS\n");
    verbatim(t, text_exit);
    text_add_string(t, ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nset and not empty: no colour.\n");
    text_add_string(t, ".SH FILES\n");
    verbatim(t, text_files);
}
