/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/helpers.h"

static void *help(void *loop)
{
    sfm_loop_help(loop);
    return NULL;
}

static int start_threads(sfm_helpers *helpers, sfm_loop *loop, int count)
{
    sfm_test_helpers *t = (sfm_test_helpers *)helpers;
    sfm_test_helpers_close(t); /* those of the last loop */
    while (t->n < count && pthread_create(&t->thread[t->n], NULL, help, loop) == 0) t->n++;
    return t->n;
}

void sfm_test_helpers_open(sfm_test_helpers *t, int size)
{
    *t = (sfm_test_helpers){.helpers = {size, start_threads}};
}

void sfm_test_helpers_close(sfm_test_helpers *t)
{
    while (t->n > 0) pthread_join(t->thread[--t->n], NULL);
}
