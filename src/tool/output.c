/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const tool_format_names[] = {"auto", "hdf5", "csv", NULL};

/* ---- the temporary that a signal must take away ------------------------------------ */

static char doomed[PATH_MAX];
static volatile sig_atomic_t is_doomed;

/* StarPU has handlers of its own that call this one and then carry on: a fault would come
 * again for ever.  So this one does not return. */
static void on_signal(int number)
{
    sigset_t set;
    if (is_doomed) unlink(doomed);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

/* The last four are faults of ours or of StarPU, which aborts where it finds itself
 * misconfigured: they too leave nothing behind.  A file beyond the size limit shall be an
 * error of write(), not a signal. */
static void guard(const char *temporary)
{
    static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP, SIGABRT,
                                  SIGSEGV, SIGBUS,  SIGFPE};
    struct sigaction action = {.sa_handler = on_signal};
    snprintf(doomed, sizeof(doomed), "%s", temporary);
    is_doomed = 1;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

/* ---- opening --------------------------------------------------------------------- */

static int cannot_write(const char *path, int error)
{
    return tool_fail(TOOL_OUTPUT, "cannot write %s: %s", path, strerror(error));
}

static int check_not_input(const struct stat *s, const char *path, const char *input)
{
    struct stat in;
    if (input == NULL || stat(input, &in) != 0) return TOOL_OK;
    if (in.st_dev != s->st_dev || in.st_ino != s->st_ino) return TOOL_OK;
    return tool_fail(TOOL_USAGE, "the output %s would overwrite the input", path);
}

/* What stands at the path already.  *in_place: write to it as it is. */
static int check_existing(const tool_output *out, const char *input, char path[PATH_MAX],
                          int *in_place)
{
    struct stat s;
    *in_place = 0;
    if (stat(out->shown, &s) != 0)
        return errno == ENOENT ? TOOL_OK : cannot_write(out->shown, errno);
    if (S_ISDIR(s.st_mode)) return cannot_write(out->shown, EISDIR);
    if (access(out->shown, W_OK) != 0) return cannot_write(out->shown, errno);
    *in_place = !S_ISREG(s.st_mode);
    if (*in_place && !out->is_text)
        return tool_fail(TOOL_OUTPUT, "cannot write HDF5 to %s: not a regular file",
                         out->shown);
    TOOL_TRY(check_not_input(&s, out->shown, input));
    if (!*in_place && realpath(out->shown, path) == NULL)
        return cannot_write(out->shown, errno);
    return TOOL_OK;
}

int tool_output_open(tool_output *out, const char *path, tool_format format,
                     const char *input)
{
    int in_place;
    char real[PATH_MAX];
    memset(out, 0, sizeof(*out));
    out->shown = path;
    out->is_text =
        format == TOOL_FORMAT_TEXT || (format == TOOL_FORMAT_AUTO && tool_text_named(path));
    if (snprintf(real, sizeof(real), "%s", path) >= (int)sizeof(real))
        return cannot_write(path, ENAMETOOLONG);
    TOOL_TRY(check_existing(out, input, real, &in_place));
    if (in_place) return TOOL_OK;
    if (sfm_replacement_open(&out->file, real) != STARFMM_OK)
        return tool_fail(TOOL_OUTPUT, "%s", sfm_get_error());
    guard(out->file.temporary);
    return TOOL_OK;
}

/* ---- writing --------------------------------------------------------------------- */

static int write_and_rename(tool_output *out, const tool_contents *contents)
{
    const char *name = out->file.temporary[0] ? out->file.temporary : out->shown;
    TOOL_TRY(out->is_text ? tool_text_write(name, out->shown, contents)
                          : tool_hdf5_write(&out->file, contents));
    if (out->file.temporary[0] && sfm_replacement_commit(&out->file) != STARFMM_OK)
        return tool_fail(TOOL_OUTPUT, "%s", sfm_get_error());
    is_doomed = 0;
    return TOOL_OK;
}

int tool_output_write(tool_output *out, const tool_contents *contents)
{
    int code = write_and_rename(out, contents);
    tool_output_discard(out);
    return code;
}

void tool_output_discard(tool_output *out)
{
    sfm_replacement_discard(&out->file);
    is_doomed = 0;
}
