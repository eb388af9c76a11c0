#include "cli/commands.h"

#include "cli/documentation.h"

enum imjin_status command_help(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char name[64];
    if (a->operand_count == 0) {
        help_overview(&s->out);
        return text_status(&s->out, err);
    }
    snprintf(name, sizeof name, "%s%s%s", a->operands[0], a->operand_count > 1 ? " " : "",
             a->operand_count > 1 ? a->operands[1] : "");
    const struct command *c = command_find(name);
    if (c)
        help_command(&s->out, c);
    else if (command_is_group(name))
        help_group(&s->out, name);
    else
        return fail_command(err, name);
    return text_status(&s->out, err);
}

enum imjin_status command_version(struct session *s, struct error *err) {
    text_add_format(&s->out, s->json ? "{\"schema\":\"imjin.version/1\",\"version\":\"%s\"}\n" : "imjin %s\n", IMJIN_VERSION);
    return text_status(&s->out, err);
}

enum imjin_status command_documentation(struct session *s, struct error *err) {
    const char *what = s->arguments.operands[0];
    if (strcmp(what, "man") == 0)
        man_page(&s->out, IMJIN_VERSION);
    else if (strcmp(what, "bash") == 0)
        completion_bash(&s->out);
    else
        return fail(err, IMJIN_USAGE, "documentation is one of: man bash");
    return text_status(&s->out, err);
}
