/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A subcommand is a table: its options, its texts and what runs it.  The parser and the
 * manual (--help) both read the table, so that a new option is one new row, with the field
 * of the subcommand's `settings` that it fills.
 */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stddef.h>

#include "tool/tool.h"

/* The type behind `offset` in the settings. */
typedef enum tool_option_kind {
    TOOL_FLAG,    /* int, set to 1 */
    TOOL_INTEGER, /* int in min..max */
    TOOL_COUNT,   /* size_t in min..max (at most 2^53), also written as 1e6 */
    TOOL_REAL,    /* double in min..max */
    TOOL_TEXT,    /* const char *, not empty unless min < 0 */
    TOOL_CHOICE   /* int, index into `choices` */
} tool_option_kind;

typedef struct tool_option {
    const char *name;
    char letter; /* 0: none */
    tool_option_kind kind;
    size_t offset;     /* of the field in the settings */
    const char *value; /* what the help calls the value; NULL for flags and choices */
    double min, max;
    const char *const *choices; /* NULL-terminated */
    const char *help;           /* meaning, unit and default; lines parted by \n */
} tool_option;

typedef struct tool_command {
    const char *name;
    const char *brief;    /* one line */
    const char *synopsis; /* what follows the name */
    const char *description;
    const tool_option *options;  /* ends with name == NULL */
    const char *const *operands; /* their names, NULL-terminated: all are needed */
    const char *files;           /* NULL: reads and writes none */
    const char *examples;
    int (*run)(const struct tool_command *self, int argc, char **argv);
} tool_command;

/* One file each: generate.c, evaluate.c, verify.c, kernels.c, info.c. */
extern const tool_command tool_generate, tool_evaluate, tool_verify, tool_kernels,
    tool_info;

#define TOOL_MAX_OPERANDS 4

/*
 * Parse the arguments after the subcommand's name (argv[0]) into *settings, which the
 * caller has filled with the defaults, and the operands in order.  TOOL_HELP after --help,
 * TOOL_USAGE with a message on anything unknown, missing or out of range.
 */
int tool_parse(const tool_command *command, int argc, char **argv, void *settings,
               const char *operands[TOOL_MAX_OPERANDS]);

/* Print the manual of the whole tool on stdout. */
void tool_help(const tool_command *const *commands);

#endif
