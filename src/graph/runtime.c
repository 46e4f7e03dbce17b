/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting StarPU for a program that has none: its environment is looked at before, since over
 * some values StarPU ends the process, and what the user or the host has set stays.
 */
#include "graph/runtime.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <starpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "graph/live_plans.h"
#include "graph/starpu_variables.h"
#include "precompute/operator_set.h"

/* Local work stealing honours priorities and measured best (perf/): the default of a StarPU
 * that neither the user nor the host configured. */
#define DEFAULT_SCHEDULER "lws"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int starts;         /* successful starts not yet stopped */
static int ours;           /* StarPU was initialised here */
static char model_dir[64]; /* private performance-model folder, "" when not needed */

/* A folder that exists, or can be made, and can be written. */
static int is_usable_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) return 0;
    return access(path, W_OK | X_OK) == 0;
}

/* Where StarPU 1.3 would keep its models: common/utils.c asks for these in this order. */
static int starpu_home_is_usable(void)
{
    const char *dir = getenv("STARPU_PERF_MODEL_DIR");
    if (dir) return is_usable_folder(dir);
    const char *names[] = {"XDG_CACHE_HOME", "STARPU_HOME", "HOME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[4096];
        const char *home = getenv(names[i]);
        if (!home) continue;
        if (snprintf(path, sizeof path, "%s/.starpu", home) >= (int)sizeof path) return 0;
        return is_usable_folder(home) && is_usable_folder(path);
    }
    return 0;
}

/* StarPU aborts the process when it cannot make its folder, so give it one that it can. */
static starfmm_status redirect_models(void)
{
    const char *tmp = getenv("TMPDIR");
    if (starpu_home_is_usable()) return STARFMM_OK;
    if (!tmp || strlen(tmp) > sizeof model_dir - 24) tmp = "/tmp";
    snprintf(model_dir, sizeof model_dir, "%s/starfmm-starpu-XXXXXX", tmp);
    if (!mkdtemp(model_dir)) {
        model_dir[0] = '\0';
        return sfm_fail(
            STARFMM_ERUNTIME,
            "StarPU can write its models neither to STARPU_PERF_MODEL_DIR nor HOME "
            "nor %s: set STARPU_HOME to a folder that can be written",
            tmp);
    }
    setenv("STARPU_PERF_MODEL_DIR", model_dir, 1);
    return STARFMM_OK;
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

static void drop_models(void)
{
    if (model_dir[0] == '\0') return;
    unsetenv("STARPU_PERF_MODEL_DIR");
    nftw(model_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    model_dir[0] = '\0';
}

static int is_policy(const char *name)
{
    struct starpu_sched_policy **p = starpu_sched_get_predefined_policies();
    while (*p && strcmp((*p)->policy_name, name) != 0) p++;
    return *p != NULL;
}

static starfmm_status check_scheduler(void)
{
    const char *wanted = getenv("STARPU_SCHED");
    char known[512] = "";
    if (!wanted || is_policy(wanted)) return STARFMM_OK;
    struct starpu_sched_policy **p = starpu_sched_get_predefined_policies();
    for (; *p; p++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", (*p)->policy_name);
    }
    return sfm_fail(STARFMM_ERUNTIME,
                    "STARPU_SCHED=%s is no policy of this StarPU; it has:%s", wanted,
                    known);
}

/* What StarPU and the C library may ask for at a time: the threads' stacks, a region of the
 * allocator for each that is tried at twice its size, and StarPU's own tables. */
static starfmm_status check_threads_memory(int n_workers)
{
    const char *variable = getenv("STARPU_NCPU");
    long n = n_workers > 0 ? n_workers : sysconf(_SC_NPROCESSORS_ONLN);
    size_t stack = 8 << 20;
    pthread_attr_t attributes;
    if (variable) n = strtol(variable, NULL, 10);
    if (n < 1) n = 1;
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_getstacksize(&attributes, &stack);
        pthread_attr_destroy(&attributes);
    }
    size_t bytes = ((size_t)64 << 20) + (size_t)n * (stack + ((size_t)128 << 20));
    if (sfm_address_space_has(bytes)) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM,
                    "no memory to start StarPU: %zu MB of address space for %ld workers",
                    bytes >> 20, n);
}

starfmm_status sfm_runtime_check_memory(size_t n, const char *what)
{
    const size_t each = 32 << 10, rest = 16 << 20; /* bytes, ample */
    if (sfm_address_space_has(n * each + rest)) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for %zu %s of StarPU", n, what);
}

/* Policies with models divide by a range of priorities that is asked for, even if empty. */
static starfmm_status check_priorities(void)
{
    sfm_runtime_description d;
    if (!getenv("STARPU_MIN_PRIO") || !getenv("STARPU_MAX_PRIO")) return STARFMM_OK;
    SFM_TRY(sfm_runtime_describe(&d));
    if (strncmp(d.scheduler, "dm", 2) != 0 || d.min_priority != d.max_priority)
        return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME,
                    "policy %s divides by the range of priorities: STARPU_MIN_PRIO and "
                    "STARPU_MAX_PRIO are both %d",
                    d.scheduler, d.min_priority);
}

static starfmm_status initialise(int n_workers)
{
    struct starpu_conf conf;
    SFM_TRY(check_scheduler());
    SFM_TRY(sfm_starpu_variables_check());
    SFM_TRY(check_threads_memory(n_workers));
    SFM_TRY(redirect_models());
    starpu_conf_init(&conf);
    if (n_workers > 0) conf.ncpus = n_workers; /* STARPU_NCPU, where set, still wins */
    if (!conf.sched_policy_name) conf.sched_policy_name = DEFAULT_SCHEDULER;
    int error = starpu_init(&conf);
    if (error != 0)
        return sfm_fail(STARFMM_ERUNTIME, "starpu_init: %s (STARPU_NCPU=%s)",
                        strerror(-error),
                        getenv("STARPU_NCPU") ? getenv("STARPU_NCPU") : "unset");
    starfmm_status status = check_priorities();
    if (starpu_cpu_worker_get_count() == 0)
        status = sfm_fail(STARFMM_ERUNTIME, "StarPU has no CPU worker: check STARPU_NCPU");
    if (status != STARFMM_OK) starpu_shutdown();
    return status;
}

/* ---- fork ---------------------------------------------------------------------------- */

static int forked; /* StarPU ran in the parent when this process was made */

static void note_fork(void)
{
    sfm_live_plans_unlock();
    forked = starpu_is_initialized();
}

__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(sfm_live_plans_lock, sfm_live_plans_unlock, note_fork);
}

static starfmm_status check_fork(void)
{
    if (!forked) return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME,
                    "this process was made by fork while StarPU ran: its workers are the "
                    "parent's; fork before StarPU is started, or exec");
}

/* ---- start and stop ------------------------------------------------------------------ */

starfmm_status sfm_runtime_start(int n_workers)
{
    starfmm_status status = STARFMM_OK;
    if (n_workers < 0 || n_workers > 65536)
        return sfm_fail(STARFMM_EINVAL, "%d workers, must be 1 ... 65536, or 0: automatic",
                        n_workers);
    SFM_TRY(check_fork());
    SFM_TRY(sfm_runtime_check_may_wait());
    pthread_mutex_lock(&lock);
    if (starts == 0 && !starpu_is_initialized()) {
        status = initialise(n_workers);
        ours = status == STARFMM_OK;
        if (!ours) drop_models();
    }
    if (status == STARFMM_OK) starts++;
    pthread_mutex_unlock(&lock);
    return status;
}

static void free_starpu_data(starfmm_plan *plan)
{
    sfm_workspaces_free(&plan->graph, &plan->core);
    sfm_pool_clear(&plan->core.pool);
}

void sfm_runtime_stop(void)
{
    if (forked || sfm_runtime_check_may_wait() != STARFMM_OK) return;
    pthread_mutex_lock(&lock);
    if (starts > 0 && --starts == 0 && ours) {
        sfm_live_plans_visit(free_starpu_data);
        starpu_shutdown();
        sfm_operator_sets_free_unused();
        drop_models();
        ours = 0;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- what may be done ---------------------------------------------------------------- */

int sfm_runtime_runs(void)
{
    return !forked && starpu_is_initialized();
}

starfmm_status sfm_runtime_check(void)
{
    SFM_TRY(check_fork());
    if (!starpu_is_initialized())
        return sfm_fail(STARFMM_ERUNTIME,
                        "StarPU is not running: call starfmm_runtime_start or starpu_init");
    if (starpu_cpu_worker_get_count() == 0)
        return sfm_fail(STARFMM_ERUNTIME,
                        "this StarPU has no CPU worker: check STARPU_NCPU");
    return STARFMM_OK;
}

starfmm_status sfm_runtime_check_may_wait(void)
{
    if (!sfm_runtime_runs() || starpu_worker_get_id() < 0) return STARFMM_OK;
    return sfm_fail(STARFMM_EBUSY, "a task or callback must not wait: worker %d called",
                    starpu_worker_get_id());
}

starfmm_status sfm_runtime_check_may_submit(void)
{
    const char *max = getenv("STARPU_LIMIT_MAX_SUBMITTED_TASKS");
    const char *min = getenv("STARPU_LIMIT_MIN_SUBMITTED_TASKS");
    SFM_TRY(sfm_runtime_check());
    if (!max || !min || starpu_worker_get_id() < 0) return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME,
                    "submission in a task or callback with "
                    "STARPU_LIMIT_MAX_SUBMITTED_TASKS=%.20s and "
                    "STARPU_LIMIT_MIN_SUBMITTED_TASKS=%.20s: StarPU would wait there, for "
                    "which it ends the process",
                    max, min);
}

starfmm_status sfm_runtime_describe(sfm_runtime_description *d)
{
    int version[3];
    SFM_TRY(check_fork());
    if (!starpu_is_initialized())
        return sfm_fail(STARFMM_ERUNTIME, "StarPU is not running");
    memset(d, 0, sizeof *d);
    starpu_get_version(&version[0], &version[1], &version[2]);
    snprintf(d->version, sizeof d->version, "%d.%d.%d", version[0], version[1], version[2]);
    d->built_max_cpus = STARPU_MAXCPUS;
#ifdef STARPU_USE_FXT
    d->has_fxt = 1;
#endif
    d->n_cpu_workers = (int)starpu_cpu_worker_get_count();
    unsigned context = starpu_sched_ctx_get_context();
    if (context == STARPU_NMAX_SCHED_CTXS)
        context = 0; /* none set: the first one is meant */
    struct starpu_sched_policy *policy = starpu_sched_ctx_get_sched_policy(context);
    snprintf(d->scheduler, sizeof d->scheduler, "%s",
             policy && policy->policy_name ? policy->policy_name : "unknown");
    d->min_priority = starpu_sched_get_min_priority();
    d->max_priority = starpu_sched_get_max_priority();
    d->max_buffers = STARPU_NMAXBUFS;
    return STARFMM_OK;
}
