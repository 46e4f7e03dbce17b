/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int sfm_test_in_child(int (*run)(void), const char *const *changes)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        for (; *changes; changes++)
            if (strchr(*changes, '='))
                putenv((char *)*changes);
            else
                unsetenv(*changes);
        exit(run());
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}
