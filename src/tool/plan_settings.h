/* SPDX-License-Identifier: BSD-3-Clause */
/* What is to be summed and how exactly, as several subcommands are told it. */
#ifndef TOOL_PLAN_SETTINGS_H
#define TOOL_PLAN_SETTINGS_H

#include "tool/options.h"
#include "tool/problem.h"

typedef struct tool_plan_settings {
    const char *targets;
    int digits, order, check_order;
    int kernel, precision;
    double kappa; /* NAN: not given */
    int gradient, workers;
} tool_plan_settings;

/* Rows of a table of options, for settings with a member `plan` of the above; `P` is the
 * type. */
#define TOOL_PLAN_OPTIONS(P)                                                               \
    {"digits",                                                                             \
     'd',                                                                                  \
     TOOL_INTEGER,                                                                         \
     offsetof(P, plan.digits),                                                             \
     "D",                                                                                  \
     1,                                                                                    \
     12,                                                                                   \
     NULL,                                                                                 \
     "Relative L2 error of the potentials below 10^-D: 1 to 12 in double, 1 to 5 in\n"     \
     "float.  Default 6 in double, 4 in float."},                                          \
        {"order",                                                                          \
         'p',                                                                              \
         TOOL_INTEGER,                                                                     \
         offsetof(P, plan.order),                                                          \
         "P",                                                                              \
         1,                                                                                \
         16,                                                                               \
         NULL,                                                                             \
         "Points per edge of the equivalent surfaces, instead of digits."},                \
        {"check-order",                                                                    \
         0,                                                                                \
         TOOL_INTEGER,                                                                     \
         offsetof(P, plan.check_order),                                                    \
         "P",                                                                              \
         1,                                                                                \
         18,                                                                               \
         NULL,                                                                             \
         "Points per edge of the check surfaces, at least the order.  Default: chosen\n"   \
         "with the order."},                                                               \
        {"kernel",                                                                         \
         'k',                                                                              \
         TOOL_CHOICE,                                                                      \
         offsetof(P, plan.kernel),                                                         \
         NULL,                                                                             \
         0,                                                                                \
         0,                                                                                \
         tool_kernel_names,                                                                \
         "1 / (4 pi r); exp(-kappa r) / (4 pi r); or 1 for every pair, which counts.\n"    \
         "Default laplace."},                                                              \
        {"kappa",                                                                          \
         0,                                                                                \
         TOOL_REAL,                                                                        \
         offsetof(P, plan.kappa),                                                          \
         "K",                                                                              \
         0,                                                                                \
         1e300,                                                                            \
         NULL,                                                                             \
         "Parameter of yukawa, in 1 / (unit of the coordinates).  Needed with yukawa."},   \
        {"precision",                                                                      \
         0,                                                                                \
         TOOL_CHOICE,                                                                      \
         offsetof(P, plan.precision),                                                      \
         NULL,                                                                             \
         0,                                                                                \
         0,                                                                                \
         tool_precision_names,                                                             \
         "Precision of charges, arithmetic and output.  Default double, whatever the\n"    \
         "input's."},                                                                      \
        {"gradient", 'g', TOOL_FLAG, offsetof(P, plan.gradient), NULL,                     \
         0,          0,   NULL,      "Gradients, too."},                                   \
        {"targets",                                                                        \
         't',                                                                              \
         TOOL_TEXT,                                                                        \
         offsetof(P, plan.targets),                                                        \
         "FILE",                                                                           \
         0,                                                                                \
         0,                                                                                \
         NULL,                                                                             \
         "Evaluate at these targets: text columns x y z, or HDF5 dataset targets.\n"       \
         "Default: those in IN, else the sources."},                                       \
        {"workers",                                                                        \
         'w',                                                                              \
         TOOL_INTEGER,                                                                     \
         offsetof(P, plan.workers),                                                        \
         "W",                                                                              \
         1,                                                                                \
         4096,                                                                             \
         NULL,                                                                             \
         "Number of CPU workers.  Default: STARPU_NCPU, else one per core."}

/* TOOL_USAGE with a message where they contradict each other. */
int tool_plan_check(const tool_plan_settings *s, const char *command);
void tool_plan_fill(const tool_plan_settings *s, starfmm_options *o);

/* Bytes of a real number. */
size_t tool_real_size(starfmm_precision precision);

/* The problem's charges in a precision into `to`, turned by `turn` rows (row i gets that of
 * i + turn) and multiplied by `scale`.  TOOL_INPUT where one is too large for float. */
int tool_plan_charges(const tool_problem *p, starfmm_precision precision, size_t turn,
                      double scale, void *to);

#endif
