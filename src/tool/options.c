/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a subcommand's table: the parser, by getopt_long, whose codes of options are rows of
 * the table; and the manual.  The manual's ENVIRONMENT comes from the library's table of
 * variables.
 */
#include "tool/options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/environment.h"

/* ---- values ------------------------------------------------------------------------ */

static int refuse_value(const tool_option *o, const char *text, const char *expected)
{
    return tool_fail(TOOL_USAGE, "--%s %s: expected %s", o->name, text, expected);
}

/* A number in min..max; `whole` wants an integer. */
static int parse_number(const tool_option *o, const char *text, int whole, double *v)
{
    char *end, expected[80];
    *v = strtod(text, &end);
    if (end != text && *end == '\0' && *v >= o->min && *v <= o->max &&
        (!whole || *v == floor(*v)))
        return TOOL_OK;
    snprintf(expected, sizeof(expected), "%s from %.10g to %.10g",
             whole ? "an integer" : "a number", o->min, o->max);
    return refuse_value(o, text, expected);
}

static int parse_choice(const tool_option *o, const char *text, int *choice)
{
    char expected[256] = "one of";
    *choice = tool_choice_find(o->choices, text);
    if (*choice >= 0) return TOOL_OK;
    for (int i = 0; o->choices[i]; i++) {
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof(expected) - used, "%s %s", i ? "," : "",
                 o->choices[i]);
    }
    return refuse_value(o, text, expected);
}

/* Into the field of the settings that the row names. */
static int parse_value(const tool_option *o, const char *text, void *settings)
{
    void *field = (char *)settings + o->offset;
    double v;
    switch (o->kind) {
    case TOOL_FLAG:
        *(int *)field = 1;
        break;
    case TOOL_INTEGER:
        TOOL_TRY(parse_number(o, text, 1, &v));
        *(int *)field = (int)v;
        break;
    case TOOL_COUNT:
        TOOL_TRY(parse_number(o, text, 1, &v));
        *(size_t *)field = (size_t)v;
        break;
    case TOOL_REAL:
        return parse_number(o, text, 0, field);
    case TOOL_CHOICE:
        return parse_choice(o, text, field);
    case TOOL_TEXT:
        if (text[0] == '\0' && o->min >= 0) return refuse_value(o, "''", "a name");
        *(const char **)field = text;
        break;
    }
    return TOOL_OK;
}

/* ---- the manual -------------------------------------------------------------------- */

static const char exit_status[] =
    "0  success\n"
    "1  verify: the error is above the tolerance\n"
    "2  an unknown option, or options that cannot be\n"
    "3  an input file is missing or malformed, or holds NaN or Inf\n"
    "4  an output cannot be written; nothing half-written is left\n"
    "5  StarPU, memory or the library failed";

/* Print `text` indented by `indent` blanks, line by line. */
static void print_indented(int indent, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        printf("%*s%.*s\n", n ? indent : 0, "", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void print_section(const char *title, const char *text)
{
    if (text == NULL) return;
    printf("\n%s\n", title);
    print_indented(4, text);
}

/* "-d, --digits D" or "-k, --kernel laplace|yukawa", and below it the meaning. */
static void print_option(const tool_option *o)
{
    printf("    ");
    if (o->letter) printf("-%c, ", o->letter);
    printf("--%s", o->name);
    if (o->value) printf(" %s", o->value);
    for (int i = 0; o->choices && o->choices[i]; i++)
        printf("%s%s", i ? "|" : " ", o->choices[i]);
    putchar('\n');
    print_indented(8, o->help);
}

/* What every manual ends with.  A test compares the variables with the README's. */
static void print_ending(const char *files, const char *examples)
{
    print_section("EXIT STATUS", exit_status);
    print_section("FILES", files);
    printf("\nENVIRONMENT\n");
    for (int v = 0; v < SFM_N_VARIABLES; v++)
        printf("    %s (default: %s)\n        %s\n", sfm_variables[v].name,
               sfm_variables[v].unset, sfm_variables[v].meaning);
    printf("    STARPU_NCPU, STARPU_SCHED, STARPU_WORKERS_CPUID ...\n"
           "        workers, scheduler, binding: each as StarPU documents it\n"
           "    Options win over the environment, that over the cost model.\n");
    print_section("EXAMPLES", examples);
}

static void print_manual(const tool_command *command)
{
    printf("NAME\n    starfmm %s - %s\n", command->name, command->brief);
    printf("\nSYNOPSIS\n    starfmm %s %s\n", command->name, command->synopsis);
    print_section("DESCRIPTION", command->description);
    printf("\nOPTIONS\n");
    for (const tool_option *o = command->options; o->name; o++) print_option(o);
    printf("    -h, --help\n        Print this text.\n");
    print_ending(command->files, command->examples);
}

void tool_help(const tool_command *const *commands)
{
    printf("NAME\n    starfmm - fast multipole sums as a StarPU task graph\n");
    print_section("SYNOPSIS", "starfmm COMMAND [ARGUMENTS]\n"
                              "starfmm COMMAND --help\n"
                              "starfmm --help | --version");
    print_section("DESCRIPTION",
                  "Evaluates potential_j = sum_i K(x_j, y_i) q_i, for many points, by the\n"
                  "kernel-independent fast multipole method (Ying, Biros, Zorin 2004):\n"
                  "points and charges in one file, potentials and gradients in another.");
    printf("\nCOMMANDS\n");
    for (; *commands; commands++)
        printf("    %-10s %s\n", (*commands)->name, (*commands)->brief);
    print_ending(NULL, "starfmm generate sphere -n 1e6 -o in.h5\n"
                       "starfmm evaluate in.h5 -o out.h5 --digits 6\n"
                       "starfmm verify in.h5 out.h5");
}

/* ---- parsing ----------------------------------------------------------------------- */

#define MAX_OPTIONS 64
/* The code of row 0: above every character, which getopt_long gives for letters. */
#define FIRST_CODE 256
#define HELP_CODE (FIRST_CODE + MAX_OPTIONS)

/* All that are named must be there, and no more. */
static int parse_operands(const tool_command *command, int argc, char **argv,
                          const char *operands[TOOL_MAX_OPERANDS])
{
    int n = 0;
    for (; command->operands[n]; n++) {
        if (n >= argc)
            return tool_fail(TOOL_USAGE, "%s: %s is missing; see 'starfmm %s --help'",
                             command->name, command->operands[n], command->name);
        operands[n] = argv[n];
    }
    if (n < argc)
        return tool_fail(TOOL_USAGE, "%s: unexpected argument '%s'", command->name,
                         argv[n]);
    return TOOL_OK;
}

int tool_parse(const tool_command *command, int argc, char **argv, void *settings,
               const char *operands[TOOL_MAX_OPERANDS])
{
    struct option longs[MAX_OPTIONS + 2] = {{0}};
    char letters[2 * MAX_OPTIONS + 4] = ":h"; /* ':' tells a missing value from an unknown
                                                 option */
    char *letter = letters + 2;
    int n = 0, code;
    for (const tool_option *o = command->options; o->name && n < MAX_OPTIONS; o++, n++) {
        int has_value = o->kind != TOOL_FLAG;
        longs[n] = (struct option){o->name, has_value ? required_argument : no_argument,
                                   NULL, FIRST_CODE + n};
        if (o->letter) *letter++ = o->letter;
        if (o->letter && has_value) *letter++ = ':';
    }
    longs[n] = (struct option){"help", no_argument, NULL, HELP_CODE};
    optind = 1;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (code == '?' || code == ':') {
            const char *problem =
                code == ':' ? "needs a value" : "is unknown or takes no value";
            char short_name[3] = {'-', (char)optopt, '\0'};
            int is_short = optopt > 0 && optopt < FIRST_CODE;
            return tool_fail(TOOL_USAGE, "%s: option '%s' %s; see 'starfmm %s --help'",
                             command->name, is_short ? short_name : argv[optind - 1],
                             problem, command->name);
        }
        if (code == HELP_CODE || code == 'h') {
            print_manual(command);
            return TOOL_HELP;
        }
        const tool_option *o = command->options;
        if (code >= FIRST_CODE)
            o += code - FIRST_CODE;
        else
            while (o->letter != code) o++;
        TOOL_TRY(parse_value(o, optarg, settings));
    }
    return parse_operands(command, argc - optind, argv + optind, operands);
}
