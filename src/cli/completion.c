#include "cli/documentation.h"

static void option_words(struct text *t, option_set set) {
    bool first = true;
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (!(set & OPTION_SET(i)))
            continue;
        text_add_format(t, "%s--%s", first ? "" : " ", option_at(i)->name);
        first = false;
    }
}

/* The words that may stand first ("label" once), or second behind `group`. */
static void command_words(struct text *t, const char *group) {
    unsigned count;
    const struct command *commands = command_table(&count);
    size_t skip = group ? strlen(group) + 1 : 0, before = 0;
    const char *last = "";
    for (unsigned i = 0; i < count; i++) {
        const char *name = commands[i].name;
        if (commands[i].hidden || (group && (strncmp(name, group, skip - 1) != 0 || name[skip - 1] != ' ')))
            continue;
        size_t bytes = strcspn(name + skip, " ");
        if (bytes == before && strncmp(last, name + skip, bytes) == 0)
            continue;
        text_add_format(t, "%s%.*s", *last ? " " : "", (int)bytes, name + skip);
        last = name + skip;
        before = bytes;
    }
}

/* A branch of "case" for every option of one kind of value. */
static void value_branch(struct text *t, enum value_kind kind, const char *action) {
    bool any = false;
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (option_at(i)->kind != kind)
            continue;
        text_add_format(t, "%s--%s", any ? "|" : "    ", option_at(i)->name);
        if (option_at(i)->letter)
            text_add_format(t, "|-%c", option_at(i)->letter);
        any = true;
    }
    if (any)
        text_add_format(t, ") %s ;;\n", action);
}

static void word_branches(struct text *t) {
    for (unsigned i = 0; i < OPTIONS; i++)
        if (option_at(i)->kind == VALUE_WORD)
            text_add_format(t, "    --%s) COMPREPLY=($(compgen -W \"%s\" -- \"$word\")); return ;;\n", option_at(i)->name,
                            option_at(i)->words);
}

static void value_branches(struct text *t) {
    static const enum value_kind plain[] = {VALUE_TEXT, VALUE_COUNT, VALUE_UNITS, VALUE_BYTES, VALUE_TIME};
    text_add_string(t, "    case $before in\n");
    value_branch(t, VALUE_DIRECTORY, "COMPREPLY=($(compgen -d -- \"$word\")); return");
    value_branch(t, VALUE_FILE, "COMPREPLY=($(compgen -f -- \"$word\")); return");
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++)
        value_branch(t, plain[i], "return");
    word_branches(t);
    text_add_string(t, "    esac\n");
}

/* Finds the command's words in what was typed: plain words that are not values of options. */
static void find_command(struct text *t) {
    text_add_string(t, "    local i at command=\"\" skip=0\n"
                       "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                       "        at=${COMP_WORDS[i]}\n"
                       "        if ((skip)); then skip=0; continue; fi\n"
                       "        case $at in\n        ");
    bool any = false;
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (option_at(i)->kind == VALUE_SWITCH)
            continue;
        text_add_format(t, "%s--%s", any ? "|" : "", option_at(i)->name);
        if (option_at(i)->letter)
            text_add_format(t, "|-%c", option_at(i)->letter);
        any = true;
    }
    text_add_string(t, ") skip=1 ;;\n        -*) ;;\n"
                       "        *)\n"
                       "            if [[ -z $command ]]; then command=$at\n"
                       "            elif [[ $command == label ]]; then command=\"label $at\"; fi ;;\n"
                       "        esac\n    done\n");
}

static void command_branches(struct text *t) {
    unsigned count;
    const struct command *commands = command_table(&count);
    text_add_string(t, "    case $command in\n    \"\") words=\"");
    command_words(t, NULL);
    text_add_string(t, "\" ;;\n    label) words=\"");
    command_words(t, "label");
    text_add_string(t, "\" ;;\n    help) words=\"");
    command_words(t, NULL);
    text_add_string(t, "\" ;;\n");
    for (unsigned i = 0; i < count; i++) {
        const struct command *c = &commands[i];
        if (c->hidden || strcmp(c->name, "help") == 0)
            continue;
        text_add_format(t, "    \"%s\") options=\"", c->name);
        option_words(t, c->options | option_set_global);
        text_add_format(t, "\"; files=%d ;;\n",
                        c->operands_max && (c->operand_kind == VALUE_FILE || c->operand_kind == VALUE_DIRECTORY));
    }
    text_add_string(t, "    esac\n");
}

void completion_bash(struct text *t) {
    text_add_string(t, "# bash completion of imjin, made from its table of commands\n"
                       "_imjin() {\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                       "    local words=\"\" options=\"");
    option_words(t, option_set_global);
    text_add_string(t, "\" files=0\n    COMPREPLY=()\n");
    value_branches(t);
    find_command(t);
    command_branches(t);
    text_add_string(t, "    if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                       "    elif [[ -n $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                       "    elif ((files)); then COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
                       "}\n"
                       "complete -o filenames -F _imjin imjin\n");
}
