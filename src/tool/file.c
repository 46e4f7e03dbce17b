/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading: the signature tells the format, and what was read is checked against what was
 * asked for.  Writing: a temporary file beside the output takes its place at the end.
 */
#include "tool/file.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hdf5_file.h"

const char *const tool_format_names[] = {"auto", "hdf5", "csv", "vtp", NULL};

static int has_ending(const char *path, const char *const *endings)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && tool_choice_find(endings, dot) >= 0;
}

/* ---- temporaries that a signal must take away -------------------------------------- */

enum { SPOOL, OUTPUT, N_DOOMED };
static char doomed[N_DOOMED][PATH_MAX];
static volatile sig_atomic_t is_doomed[N_DOOMED];

/* StarPU has handlers of its own that call this one and then carry on: a fault would come
 * again for ever.  So this one does not return. */
static void on_signal(int number)
{
    sigset_t set;
    for (int i = 0; i < N_DOOMED; i++)
        if (is_doomed[i]) unlink(doomed[i]);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

/* The last four are faults of ours or of StarPU, which aborts where it finds itself
 * misconfigured: they too leave nothing behind.  A file beyond the size limit shall be an
 * error of write(), not a signal. */
static void guard_temporary(int which, const char *temporary)
{
    static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP, SIGABRT,
                                  SIGSEGV, SIGBUS,  SIGFPE};
    struct sigaction action = {.sa_handler = on_signal};
    snprintf(doomed[which], sizeof(doomed[which]), "%s", temporary);
    is_doomed[which] = 1;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

/* ---- reading ----------------------------------------------------------------------- */

/* Rank, numbers in a row, and finiteness, as `columns`, `max_rank` and `is_finite` want. */
static int check_array(const char *path, const tool_array *a)
{
    size_t width = tool_array_width(a);
    size_t least = a->columns ? a->columns : 1;
    size_t most = a->columns ? a->columns : TOOL_MAX_RHS;
    const double *v = a->data;
    if (v == NULL) return TOOL_OK;
    if (a->rank > a->max_rank || width < least || width > most)
        return tool_fail(TOOL_INPUT,
                         "%s: '%s' has rank %d and %zu numbers in a row; expected a rank "
                         "up to %d and %zu to %zu numbers",
                         path, a->name, a->rank, width, a->max_rank, least, most);
    for (size_t i = 0; a->is_finite && i < a->dims[0] * width; i++)
        if (!isfinite(v[i]))
            return tool_fail(TOOL_INPUT, "%s: %s[%zu][%zu] is %g: not finite", path,
                             a->name, i / width, i % width, v[i]);
    return TOOL_OK;
}

static void drop_spool(void)
{
    if (is_doomed[SPOOL]) unlink(doomed[SPOOL]);
}

/* Standard input as a file: itself where it is one, else a copy, which is gone at the end, since
 * HDF5 reads here and there and wants a name.  A second call finds no more to read. */
static int spool_input(char name[PATH_MAX])
{
    struct stat s;
    char buffer[1 << 16];
    ssize_t n = 0;
    snprintf(name, PATH_MAX, "/dev/stdin");
    if (fstat(STDIN_FILENO, &s) == 0 && S_ISREG(s.st_mode)) return TOOL_OK;
    snprintf(name, PATH_MAX, "%s/starfmm-stdin-XXXXXX", P_tmpdir);
    int copy = mkstemp(name), failed = copy < 0;
    if (failed) return tool_fail(TOOL_RUNTIME, "standard input: %s", strerror(errno));
    guard_temporary(SPOOL, name);
    atexit(drop_spool);
    while (!failed && (n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0, w; at < n && !failed; at += w)
            failed = (w = write(copy, buffer + at, (size_t)(n - at))) < 0;
    failed = failed || n < 0;
    if (failed) return tool_fail(TOOL_RUNTIME, "standard input: %s", strerror(errno));
    close(copy);
    return TOOL_OK;
}

/* HDF5 itself can crash on a damaged file, or not come to an end.  So a child reads it first,
 * and what becomes of the child is all that is wanted of it. */
static int try_hdf5(const char *path, tool_contents *contents, off_t size)
{
    int state;
    pid_t child = fork();
    if (child < 0) return tool_fail(TOOL_RUNTIME, "%s: %s", path, strerror(errno));
    if (child == 0) {
        for (int i = 0; i < N_DOOMED; i++) is_doomed[i] = 0;
        if (!freopen("/dev/null", "w", stderr)) _exit(0);
        alarm(60 + (unsigned)(size >> 24)); /* seconds; 16 MB in each are slow */
        tool_hdf5_read(path, contents);
        _exit(0);
    }
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return tool_fail(TOOL_RUNTIME, "%s: %s", path, strerror(errno));
    if (WIFEXITED(state)) return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%s is damaged: HDF5 does not survive reading it (%s)",
                     path, strsignal(WTERMSIG(state)));
}

int tool_file_read(const char *path, tool_contents *contents)
{
    char input[PATH_MAX];
    if (strcmp(path, "-") == 0) {
        TOOL_TRY(spool_input(input));
        path = input;
    }
    static const char *const hdf5_endings[] = {".h5", ".hdf5", NULL};
    struct stat s;
    int error = stat(path, &s) != 0 ? errno : S_ISDIR(s.st_mode) ? EISDIR : 0;
    if (error) return tool_fail(TOOL_INPUT, "%s: %s", path, strerror(error));
    int is_hdf5 = sfm_hdf5_is(path);
    /* Read as text it would give a riddle of a message. */
    if (!is_hdf5 && has_ending(path, hdf5_endings))
        return tool_fail(TOOL_INPUT, "%s is not an HDF5 file, or is truncated", path);
    tool_progress("reading %s", path);
    if (is_hdf5) TOOL_TRY(try_hdf5(path, contents, s.st_size));
    TOOL_TRY(is_hdf5 ? tool_hdf5_read(path, contents) : tool_text_read(path, contents));
    for (int i = 0; i < contents->n_arrays; i++)
        TOOL_TRY(check_array(path, &contents->arrays[i]));
    return TOOL_OK;
}

/* ---- writing ----------------------------------------------------------------------- */

static int cannot_write(const char *path, int error)
{
    return tool_fail(TOOL_OUTPUT, "cannot write %s: %s", path, strerror(error));
}

/* What stands at the path already.  *in_place: write to it as it is. */
static int check_existing(const tool_output *out, const char *input, char path[PATH_MAX],
                          int *in_place)
{
    struct stat s, in;
    *in_place = 0;
    if (stat(out->shown, &s) != 0)
        return errno == ENOENT ? TOOL_OK : cannot_write(out->shown, errno);
    if (S_ISDIR(s.st_mode)) return cannot_write(out->shown, EISDIR);
    if (access(out->shown, W_OK) != 0) return cannot_write(out->shown, errno);
    *in_place = !S_ISREG(s.st_mode);
    if (*in_place && out->format == TOOL_FORMAT_HDF5)
        return tool_fail(TOOL_OUTPUT, "cannot write HDF5 to %s: not a regular file",
                         out->shown);
    if (input && stat(input, &in) == 0 && in.st_dev == s.st_dev && in.st_ino == s.st_ino)
        return tool_fail(TOOL_USAGE, "the output %s would overwrite the input", out->shown);
    if (!*in_place && realpath(out->shown, path) == NULL)
        return cannot_write(out->shown, errno);
    return TOOL_OK;
}

static tool_format choose_format(const char *path, tool_format format)
{
    static const char *const text_endings[] = {".csv", ".tsv", ".txt", ".dat", NULL};
    static const char *const vtk_endings[] = {".vtp", NULL};
    if (format != TOOL_FORMAT_AUTO) return format;
    if (strcmp(path, "-") == 0 || has_ending(path, text_endings)) return TOOL_FORMAT_TEXT;
    return has_ending(path, vtk_endings) ? TOOL_FORMAT_VTP : TOOL_FORMAT_HDF5;
}

/* Standard output is for the file alone: what is printed goes to standard error. */
static int open_stdout(tool_output *out)
{
    fflush(stdout);
    out->shown = "standard output";
    out->file.stream = dup(STDOUT_FILENO);
    snprintf(out->file.path, sizeof(out->file.path), "%s", out->shown);
    if (out->file.stream > 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) return TOOL_OK;
    return cannot_write(out->shown, errno);
}

int tool_output_open(tool_output *out, const char *path, tool_format format,
                     const char *input)
{
    int in_place;
    char real[PATH_MAX];
    memset(out, 0, sizeof(*out));
    out->shown = path;
    out->format = choose_format(path, format);
    if (strcmp(path, "-") == 0) return open_stdout(out);
    if (snprintf(real, sizeof(real), "%s", path) >= (int)sizeof(real))
        return cannot_write(path, ENAMETOOLONG);
    TOOL_TRY(check_existing(out, input, real, &in_place));
    if (in_place) return TOOL_OK;
    TOOL_TRY(tool_check(sfm_replacement_open(&out->file, real), "output"));
    guard_temporary(OUTPUT, out->file.temporary);
    return TOOL_OK;
}

int tool_output_check(const char *path, tool_format format, const char *input)
{
    tool_output trial;
    if (path == NULL) return TOOL_OK;
    if (strcmp(path, "-") == 0)
        return tool_fail(TOOL_USAGE, "only the file of -o may be -, standard output");
    TOOL_TRY(tool_output_open(&trial, path, format, input));
    tool_output_discard(&trial);
    return TOOL_OK;
}

/* Text or VTK, through stdio. */
static int write_stream(const tool_output *out, const char *name,
                        const tool_contents *contents)
{
    FILE *f = out->file.stream ? fdopen(dup(out->file.stream), "w") : fopen(name, "w");
    if (f == NULL) return cannot_write(out->shown, errno);
    int code = out->format == TOOL_FORMAT_VTP ? tool_vtk_write(f, contents)
                                              : tool_text_write(f, contents);
    int failed = ferror(f);
    failed |= fclose(f) != 0;
    return failed ? cannot_write(out->shown, errno) : code;
}

int tool_output_write(tool_output *out, const tool_contents *contents)
{
    int is_temporary = out->file.temporary[0] != '\0';
    const char *name = is_temporary ? out->file.temporary : out->shown;
    int code = out->format == TOOL_FORMAT_HDF5 ? tool_hdf5_write(&out->file, contents)
                                               : write_stream(out, name, contents);
    if (code == TOOL_OK && is_temporary)
        code = tool_check(sfm_replacement_commit(&out->file), "output");
    tool_output_discard(out);
    return code;
}

void tool_output_discard(tool_output *out)
{
    sfm_replacement_discard(&out->file);
    if (out->file.stream) close(out->file.stream);
    out->file.stream = 0;
    is_doomed[OUTPUT] = 0;
}
