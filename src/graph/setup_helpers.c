/* SPDX-License-Identifier: BSD-3-Clause */
/* A task for each helper that is asked; one that comes late finds the loop done. */
#include "graph/setup_helpers.h"

#include <sched.h>
#include <starpu.h>

#include "graph/runtime.h"

/* Points that make a thread worth waking. */
#define POINTS_PER_THREAD 20000

static void help_with_setup(void *buffers[], void *loop)
{
    (void)buffers;
    sfm_loop_help(loop);
}

static struct starpu_codelet codelet = {.cpu_funcs = {help_with_setup},
                                        .cpu_funcs_name = {"help_with_setup"},
                                        .nbuffers = 0,
                                        .name = "starfmm_setup"};

static int ask_workers(sfm_helpers *helpers, sfm_loop *loop, int count)
{
    (void)helpers;
    for (int i = 0; i < count; i++) {
        struct starpu_task *task = starpu_task_create();
        task->cl = &codelet;
        task->cl_arg = loop;
        if (starpu_task_submit(task) == 0) continue;
        task->destroy = 0;
        starpu_task_destroy(task);
        return i;
    }
    return count;
}

sfm_helpers *sfm_setup_helpers(sfm_helpers *helpers, size_t n_points)
{
    size_t worth = n_points / POINTS_PER_THREAD;
    if (worth < 2 || !sfm_runtime_runs() || starpu_worker_get_id() >= 0) return NULL;
    size_t size = (size_t)starpu_cpu_worker_get_count() + 1;
    *helpers = (sfm_helpers){(int)(size < worth ? size : worth), ask_workers};
    return helpers;
}

int sfm_expected_workers(void)
{
    cpu_set_t allowed;
    if (sfm_runtime_runs()) return (int)starpu_cpu_worker_get_count();
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}
