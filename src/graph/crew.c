/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/crew.h"

#include <sched.h>
#include <starpu.h>

/* Points that make a thread worth its start. */
#define POINTS_PER_THREAD 20000

static void help(void *buffers[], void *region)
{
    (void)buffers;
    sfm_region_help(region);
}

static struct starpu_codelet codelet = {.cpu_funcs = {help},
                                        .cpu_funcs_name = {"help"},
                                        .nbuffers = 0,
                                        .name = "starfmm_setup"};

static int invite(sfm_team *team, sfm_region *region)
{
    for (int i = 0; i < team->size - 1; i++) {
        struct starpu_task *task = starpu_task_create();
        task->cl = &codelet;
        task->cl_arg = region;
        if (starpu_task_submit(task) == 0) continue;
        task->destroy = 0;
        starpu_task_destroy(task);
        return i;
    }
    return team->size - 1;
}

static int count_cpus(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int sfm_crew_workers(void)
{
    return starpu_is_initialized() ? (int)starpu_cpu_worker_get_count() : count_cpus();
}

sfm_team *sfm_crew_open(sfm_crew *crew, size_t n_points)
{
    *crew = (sfm_crew){0};
    size_t most = n_points / POINTS_PER_THREAD;
    int size;
    if (most < 2) return NULL;
    if (starpu_is_initialized()) {
        if (starpu_worker_get_id() >= 0) return NULL;
        size = (int)starpu_cpu_worker_get_count() + 1;
        crew->workers = (sfm_team){(size_t)size < most ? size : (int)most, invite};
        return &crew->workers;
    }
    size = count_cpus();
    if (size < 2) return NULL;
    sfm_threads_start(&crew->threads, (size_t)size < most ? size : (int)most);
    return &crew->threads.team;
}

void sfm_crew_close(sfm_crew *crew)
{
    if (crew->threads.team.size > 0) sfm_threads_stop(&crew->threads);
}
