/* What a running command has in hand: its arguments, where its result goes, and the desk it works on. One a process; belongs
 * to the main thread. */
#ifndef IMJIN_CLI_SESSION_H
#define IMJIN_CLI_SESSION_H

#include "api/api.h"
#include "cli/arguments.h"
#include "cli/screen.h"

struct session {
    struct arguments arguments;
    struct text out; /* the result; written whole when the command is done */
    bool json, quiet;
    bool output_is_directory; /* the command has used --output for a directory of files */
    bool colour;              /* the result goes to a terminal that shows colour */
    struct screen screen;
    struct progress progress;
    struct desk desk;
};

/* Sets the session up for parsed arguments, which it takes over. A session does not move: progress points into it. */
void session_begin(struct session *s, struct arguments arguments);
/* Writes the result to --output or standard output. */
enum imjin_status session_finish(struct session *s, struct error *err);
void session_done(struct session *s);
/* The chains that a command is about: that of --chain, else every one in the workspace, sorted. Free with names_free(). */
enum imjin_status session_chains(struct session *s, char ***ret_names, size_t *ret_count, struct error *err);
/* Frees what session_chains() and directory_list() give. */
void names_free(char **names, size_t count);
/* What the room report needs of what is open. */
struct report_input session_input(const struct session *s);
/* The same for a store of blocks. */
struct report_outputs session_outputs(const struct session *s);

#endif
