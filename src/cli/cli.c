#include "cli/cli.h"

#include "cli/commands.h"
#include "cli/documentation.h"

static enum imjin_status run(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    if (arguments_has(a, OPTION_VERSION))
        return command_version(s, err);
    if (arguments_has(a, OPTION_HELP)) {
        if (a->command)
            help_command(&s->out, a->command);
        else if (a->group)
            help_group(&s->out, a->group);
        else
            help_overview(&s->out);
        return text_status(&s->out, err);
    }
    if (a->command)
        return a->command->run(s, err);
    if (a->group)
        return fail(err, IMJIN_USAGE, "\"imjin %s\" needs a command; \"imjin %s --help\" lists them", a->group, a->group);
    return fail(err, IMJIN_USAGE, "a command is missing; \"imjin help\" lists them");
}

int cli_run(int argc, char *const *argv) {
    struct session s;
    struct arguments arguments = {0};
    struct error err = {0};
    screen_guard_descriptors();
    screen_catch_signals();
    enum imjin_status status = arguments_parse(&arguments, argc, argv, &err);
    session_begin(&s, arguments);
    if (status == IMJIN_OK)
        status = run(&s, &err);
    screen_clear(&s.screen);
    /* a command that found nothing may still have something to show */
    if (status == IMJIN_OK || status == IMJIN_NOT_FOUND) {
        enum imjin_status written = session_finish(&s, &err);
        status = written == IMJIN_OK ? status : written;
    }
    if (status != IMJIN_OK && err.text[0])
        screen_error(&s.screen, &err);
    session_done(&s);
    return (int)status;
}
