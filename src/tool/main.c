/* SPDX-License-Identifier: BSD-3-Clause */
/* The command `starfmm`: dispatch to the subcommands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "plan/environment.h"
#include "tool/file.h"
#include "tool/options.h"

/* OpenBLAS starts threads while it is loaded, before main, maps 128 MB for each, and where it
 * cannot tries for ever, the exit included.  The command has no use for them; so where address
 * space is limited it begins again without. */
static void leave_out_blas_threads(char **argv)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    if (getenv("OPENBLAS_NUM_THREADS") || setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0)
        return;
    execv("/proc/self/exe", argv);
}

static const tool_command *const commands[] = {&tool_generate, &tool_evaluate, &tool_verify,
                                               &tool_kernels,  &tool_info,     NULL};

static int is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* A wrong variable ends every command but `info`, which tells of it. */
static int run_command(const tool_command *command, int argc, char **argv)
{
    sfm_environment e;
    starfmm_status status = sfm_environment_read(&e);
    if (status == STARFMM_OK)
        tool_set_verbosity(e.verbose);
    else if (command != &tool_info)
        return tool_check(status, "environment");
    return command->run(command, argc, argv);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) return tool_fail(TOOL_USAGE, "a command is needed; see 'starfmm --help'");
    if (is_one_of(argv[1], "--help", "-h")) {
        tool_help(commands);
        return TOOL_OK;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        printf("starfmm %s\n", starfmm_version());
        return TOOL_OK;
    }
    for (int i = 0; commands[i]; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return run_command(commands[i], argc - 1, argv + 1);
    return tool_fail(TOOL_USAGE, "unknown command '%s'; see 'starfmm --help'", argv[1]);
}

int main(int argc, char **argv)
{
    leave_out_blas_threads(argv);
    tool_name_kernels();
    int code = dispatch(argc, argv);
    tool_progress_end();
    if (code == TOOL_HELP) code = TOOL_OK;
    /* What went to a full disk or a closed pipe did not arrive. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        int failed = tool_fail(TOOL_OUTPUT, "standard output cannot be written");
        if (code == TOOL_OK) code = failed;
    }
    return code;
}
