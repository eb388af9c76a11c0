#include "report/terminal.h"

#include <stdarg.h>
#include <stdio.h>

void add_heading(struct text *t, const struct report_input *in, const char *format, ...) {
    char heading[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(heading, sizeof heading, format, arguments);
    va_end(arguments);
    text_add_format(t, "%s%s%s%s\n", t->count ? "\n" : "", in->colour ? "\033[1m" : "", heading, in->colour ? "\033[0m" : "");
}

void cell_end(struct text *t, struct cell *c, unsigned columns) {
    add_padded(t, span_of_text(&c->text), columns);
    text_fold(t, &c->text);
}

void cell_end_right(struct text *t, struct cell *c, unsigned columns) {
    add_padded_right(t, span_of_text(&c->text), columns);
    text_fold(t, &c->text);
}

void end_line(struct text *t) {
    while (t->status == IMJIN_OK && t->count && t->bytes[t->count - 1] == ' ')
        t->count--;
    text_add_string(t, "\n");
}

void add_left_out(struct text *t, const struct shown_assets *shown) {
    if (shown->others + shown->doubtful == 0)
        return;
    text_add_string(t, "  not listed (--json has them): ");
    if (shown->others)
        add_counted(t, shown->others, "more asset", "more assets");
    if (shown->others && shown->doubtful)
        text_add_string(t, ", ");
    if (shown->doubtful) {
        add_counted(t, shown->doubtful, "token whose name advertises, hides signs or imitates a known one",
                    "tokens whose names advertise, hide signs or imitate known ones");
    }
    text_add_string(t, "\n");
}

void add_label(struct text *t, const struct account_name *name) {
    if (!name->tagged)
        return;
    report_add_outside(t, name->tag.label);
    struct text category = {0};
    add_category(&category, &name->tag);
    if (category.count) {
        text_add_string(t, name->tag.label.count ? " (" : "(");
        text_add(t, category.bytes, category.count);
        text_add_string(t, ")");
    }
    if (name->conflict)
        text_add_string(t, " [labels conflict]");
    text_fold(t, &category);
}

enum imjin_status add_account(struct text *t, const struct report_input *in, struct account_id id, struct error *err) {
    struct account_name name;
    TRY(account_name(in, id, &name, err));
    text_add_string(t, name.address);
    if (!name.tagged)
        return IMJIN_OK;
    text_add_string(t, "  ");
    add_label(t, &name);
    return IMJIN_OK;
}
