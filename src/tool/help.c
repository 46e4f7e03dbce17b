/* SPDX-License-Identifier: BSD-3-Clause */
/* The manual, laid out from the tables of the subcommands. */
#include "tool/help.h"

#include <stdio.h>
#include <string.h>

static const char exit_status[] =
    "0  success\n"
    "1  verify: the error is above the tolerance\n"
    "2  an unknown option, or options that cannot be\n"
    "3  an input file is missing or malformed, or holds NaN or Inf\n"
    "4  an output cannot be written; nothing half-written is left\n"
    "5  StarPU, memory or the library failed";

static const char environment[] =
    "STARFMM_N_CRIT, STARFMM_GROUP, STARFMM_M2L, STARFMM_DETERMINISTIC\n"
    "    points per leaf; nodes per task; auto, fourier or dense; on or off: what the\n"
    "    options leave open\n"
    "STARFMM_ISA\n"
    "    vector kernels: portable, avx2 or avx512; default: the best of this CPU\n"
    "STARFMM_VERBOSE\n"
    "    0: no warnings, no progress; 2: a line with the time for each step; default 1\n"
    "STARPU_NCPU, STARPU_SCHED, STARPU_WORKERS_CPUID, ...\n"
    "    number of workers, scheduler, binding: each as StarPU documents it\n"
    "OPENBLAS_NUM_THREADS, OMP_NUM_THREADS\n"
    "    best 1: the workers are the parallelism ('starfmm info' warns)";

/* Print `text` indented by `indent` blanks, line by line. */
static void print_indented(int indent, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        printf("%*s%.*s\n", n ? indent : 0, "", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void section(const char *title, const char *text)
{
    if (text == NULL) return;
    printf("\n%s\n", title);
    print_indented(4, text);
}

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

void tool_help_command(const tool_command *command)
{
    printf("NAME\n    starfmm %s - %s\n", command->name, command->brief);
    printf("\nSYNOPSIS\n    starfmm %s %s\n", command->name, command->synopsis);
    section("DESCRIPTION", command->description);
    printf("\nOPTIONS\n");
    for (const tool_option *o = command->options; o->name; o++) print_option(o);
    printf("    -h, --help\n        Print this text.\n");
    section("EXIT STATUS", exit_status);
    section("FILES", command->files);
    section("ENVIRONMENT", environment);
    section("EXAMPLES", command->examples);
}

void tool_help(const tool_command *const *commands)
{
    printf("NAME\n    starfmm - fast multipole sums as a StarPU task graph\n");
    section("SYNOPSIS", "starfmm COMMAND [ARGUMENTS]\n"
                        "starfmm COMMAND --help\n"
                        "starfmm --help | --version");
    section(
        "DESCRIPTION",
        "Evaluates potential_j = sum_i K(x_j, y_i) q_i, for many points, by the\n"
        "kernel-independent fast multipole method (Ying, Biros, Zorin 2004): points and\n"
        "charges in one file, potentials and gradients in another.");
    printf("\nCOMMANDS\n");
    for (; *commands; commands++)
        printf("    %-10s %s\n", (*commands)->name, (*commands)->brief);
    section("EXIT STATUS", exit_status);
    section("ENVIRONMENT", environment);
    section("EXAMPLES", "starfmm generate sphere -n 1e6 -o in.h5\n"
                        "starfmm evaluate in.h5 -o out.h5 --digits 6\n"
                        "starfmm verify in.h5 out.h5");
}
