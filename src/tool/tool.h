/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of the `starfmm` command share: exit codes, messages, memory, progress. */
#ifndef TOOL_H
#define TOOL_H

#include <stddef.h>

#include "starfmm.h"

typedef enum tool_exit {
    TOOL_OK = 0,
    TOOL_FAILED = 1,  /* verify: the error is above the tolerance */
    TOOL_USAGE = 2,   /* unknown or impossible options */
    TOOL_INPUT = 3,   /* an input file is missing, malformed or holds bad values */
    TOOL_OUTPUT = 4,  /* an output cannot be written */
    TOOL_RUNTIME = 5, /* StarPU, memory or the library failed */
    TOOL_HELP = -1    /* inside the tool only: help was printed, the command ends well */
} tool_exit;

/* Print "starfmm: <message>" on stderr and return `code`. */
int tool_fail(tool_exit code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* TOOL_OK after a library call that went well; else print `what` and the library's message
 * and return the exit code of the status. */
int tool_check(starfmm_status status, const char *what);
void tool_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TOOL_TRY(call)                                                                     \
    do {                                                                                   \
        int tool_try_code_ = (call);                                                       \
        if (tool_try_code_ != TOOL_OK) return tool_try_code_;                              \
    } while (0)

/* count x size bytes for `what` into *p (to be freed with free), cleared.  TOOL_RUNTIME
 * with a message when they overflow, exceed the machine's memory or cannot be had. */
int tool_alloc(void **p, size_t count, size_t size, const char *what);

/* Show what is going on, in one line that is overwritten; silent unless stderr is a
 * terminal. The line is wiped by tool_progress_end and before every message.  Verbosity 0
 * silences it, and warnings; with 2 there is a line for each step, with its time. */
void tool_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How much of that is done: once it has taken a second, the line grows a bar and the time that
 * is left.  From any thread, as often as one likes. */
void tool_progress_share(size_t done, size_t total);
void tool_progress_end(void);
/* Call first: the verbosity (STARFMM_VERBOSE), and the time that steps count from. */
void tool_set_verbosity(int level);

/* The number of `name` in a NULL-terminated list, -1 when it is not there. */
int tool_choice_find(const char *const *choices, const char *name);

#define TOOL_MAX_KERNELS 32
/* Of the library's kernels, by starfmm_kernel, NULL-terminated; filled by the next. */
extern const char *tool_kernel_names[TOOL_MAX_KERNELS];
void tool_name_kernels(void);
extern const char *const tool_precision_names[]; /* by starfmm_precision */
extern const char *const tool_grade_names[];     /* by starfmm_grade */

#endif
