/* SPDX-License-Identifier: BSD-3-Clause */
/* All that the command says on stderr goes through here, so that a message never lands in
 * the middle of a progress line. */
#include "tool/tool.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernels/kernel.h"

const char *tool_kernel_names[TOOL_MAX_KERNELS];
const char *const tool_precision_names[] = {"double", "float", NULL};
const char *const tool_grade_names[] = {"ordinary", "strict", NULL};

static int progress_shown;
static int verbosity = 1;
static double started; /* seconds, as sfm_now */

/* The step under way, when it began, and when its bar was drawn last. */
static struct {
    pthread_mutex_t lock;
    char name[200];
    double begin, drawn;
} step = {.lock = PTHREAD_MUTEX_INITIALIZER};
#define BAR_AFTER 1.0 /* seconds */
#define BAR_EVERY 0.1
#define BAR_WIDTH 30

void tool_set_verbosity(int level)
{
    verbosity = level;
    started = sfm_now();
}

static void say(const char *prefix, const char *format, va_list args)
{
    tool_progress_end();
    fputs(prefix, stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int tool_fail(tool_exit code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("starfmm: ", format, args);
    va_end(args);
    return code;
}

void tool_warn(const char *format, ...)
{
    va_list args;
    if (verbosity == 0) return;
    va_start(args, format);
    say("starfmm: warning: ", format, args);
    va_end(args);
}

/* The caller's fault, the input's, the output's, or else the machine's. */
static tool_exit exit_of_status(starfmm_status status)
{
    switch (status) {
    case STARFMM_OK:
        return TOOL_OK;
    case STARFMM_EINVAL:
    case STARFMM_EPRECISION:
    case STARFMM_EUNSUPPORTED:
        return TOOL_USAGE;
    case STARFMM_ENONFINITE:
    case STARFMM_EFORMAT:
        return TOOL_INPUT;
    case STARFMM_EIO:
        return TOOL_OUTPUT;
    default:
        return TOOL_RUNTIME;
    }
}

int tool_check(starfmm_status status, const char *what)
{
    const char *message = starfmm_last_error();
    if (status == STARFMM_OK) return TOOL_OK;
    return tool_fail(exit_of_status(status), "%s: %s", what,
                     message[0] ? message : starfmm_status_string(status));
}

int tool_alloc(void **p, size_t count, size_t size, const char *what)
{
    /* Linux hands out more than it has and kills later: refuse what can never fit. */
    double wanted = (double)count * (double)size;
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    *p = NULL;
    if (count <= SIZE_MAX / (size ? size : 1) && (memory <= 0 || wanted <= memory))
        *p = calloc(count ? count : 1, size);
    if (*p != NULL) return TOOL_OK;
    return tool_fail(TOOL_RUNTIME, "no memory for %s: %zu x %zu bytes", what, count, size);
}

void tool_progress(const char *format, ...)
{
    if (verbosity == 0 || (verbosity == 1 && !isatty(STDERR_FILENO))) return;
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&step.lock);
    vsnprintf(step.name, sizeof step.name, format, args);
    step.begin = step.drawn = sfm_now();
    if (verbosity == 1)
        fprintf(stderr, "\r\033[K%s", step.name);
    else
        fprintf(stderr, "starfmm: %.3f s: %s\n", step.begin - started, step.name);
    fflush(stderr);
    progress_shown = verbosity == 1;
    pthread_mutex_unlock(&step.lock);
    va_end(args);
}

void tool_progress_share(size_t done, size_t total)
{
    if (pthread_mutex_trylock(&step.lock) != 0) return; /* another thread draws */
    double now = sfm_now(), share = total ? (double)done / (double)total : 0;
    if (progress_shown && share > 0 && now > step.begin + BAR_AFTER &&
        now > step.drawn + BAR_EVERY) {
        int full = (int)(share * BAR_WIDTH);
        fprintf(stderr, "\r\033[K%s [%.*s%*s] %.0f %%, %.1f s left", step.name, full,
                "##############################", BAR_WIDTH - full, "", 100 * share,
                (now - step.begin) * (1 - share) / share);
        fflush(stderr);
        step.drawn = now;
    }
    pthread_mutex_unlock(&step.lock);
}

void tool_progress_end(void)
{
    if (progress_shown) fputs("\r\033[K", stderr);
    progress_shown = 0;
}

int tool_choice_find(const char *const *choices, const char *name)
{
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], name) == 0) return i;
    return -1;
}

void tool_name_kernels(void)
{
    const sfm_kernel *kernel;
    for (int i = 0; i < TOOL_MAX_KERNELS - 1; i++)
        if ((kernel = sfm_kernel_get((starfmm_kernel)i)) != NULL)
            tool_kernel_names[i] = kernel->name;
}
