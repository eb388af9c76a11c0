/* cli: the program: arguments, printing, progress lines, signals. */
#ifndef IMJIN_CLI_CLI_H
#define IMJIN_CLI_CLI_H

/* Runs one command line; returns the exit status (enum imjin_status). Call once a process. */
int cli_run(int argc, char *const *argv);

#endif
