/* SPDX-License-Identifier: BSD-3-Clause */
/* StarPU's variables do what StarPU documents: each in a fresh process, as a user sets
 * them. */
#include <ftw.h>
#include <sched.h>
#include <starpu.h>
#include <string.h>
#include <unistd.h>

#include "graph/runtime.h"
#include "tests/support/child.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 2000

/* What the child is to do and find out; it inherits it. */
static int (*question)(void);
static int asked_workers, asked_evaluations = 1;

/* Is every potential of kernel 1 the number of points? */
static int counts_right(void)
{
    starfmm_options o;
    starfmm_plan *plan;
    double *x = sfm_test_points("cube", N, 1), q[N], p[N];
    int right = 1;
    starfmm_options_init(&o);
    o.kernel = STARFMM_COUNT;
    o.n_crit = 20;
    o.group_size = 8;
    for (int i = 0; i < N; i++) q[i] = 1;
    starfmm_status status = starfmm_plan_create(&plan, &o, N, x, 0, NULL);
    for (int k = 0; k < asked_evaluations && status == STARFMM_OK; k++)
        status = starfmm_evaluate(plan, 1, q, p, NULL);
    for (int i = 0; i < N; i++) right = right && p[i] == N;
    starfmm_plan_destroy(plan);
    free(x);
    return status == STARFMM_OK && right;
}

/* 0 when StarPU starts, the question is answered with 1 and the sums are right. */
static int start_and_ask(void)
{
    if (starfmm_runtime_start(asked_workers) != STARFMM_OK) {
        fprintf(stderr, "start: %s\n", starfmm_last_error());
        return 1;
    }
    int answer = question(), right = counts_right();
    starfmm_runtime_stop();
    if (!answer) fprintf(stderr, "the variable has no effect\n");
    if (!right) fprintf(stderr, "wrong sums\n");
    return !(answer && right);
}

static void check(int (*asked)(void), int workers, const char *const *settings)
{
    question = asked;
    asked_workers = workers;
    int code = sfm_test_in_child(start_and_ask, settings);
    CHECKF(code == 0, "with %s: exit code %d", settings[0], code);
}

static const char *wanted_policy;

static int has_policy(void)
{
    sfm_runtime_description d;
    return sfm_runtime_describe(&d) == STARFMM_OK &&
           strcmp(d.scheduler, wanted_policy) == 0;
}

SFM_CASE(sched)
{
    const char *const names[] = {"lws", "ws", "prio", "eager", "random", "dmda", "dmdas"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char setting[64];
        wanted_policy = names[i];
        snprintf(setting, sizeof setting, "STARPU_SCHED=%s", names[i]);
        check(has_policy, 0, (const char *[]){setting, NULL});
    }
    wanted_policy = "lws"; /* ours, where nobody names one */
    check(has_policy, 0, (const char *[]){"STARPU_SCHED", NULL});
}

static int has_one_worker(void)
{
    return starpu_cpu_worker_get_count() == 1;
}

SFM_CASE(ncpu)
{
    check(has_one_worker, 0, (const char *[]){"STARPU_NCPU=1", NULL});
    check(has_one_worker, 2, (const char *[]){"STARPU_NCPU=1", NULL});
    check(has_one_worker, 1, (const char *[]){"STARPU_NCPU", NULL});
}

static int is_on_second_cpu(void)
{
    return starpu_cpu_worker_get_count() == 1 && starpu_worker_get_bindid(0) == 1;
}

static int main_is_bound(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1;
}

static void needs_two_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2)
        sfm_test_skip("one CPU only");
}

SFM_CASE(workers_cpuid)
{
    needs_two_cpus();
    check(is_on_second_cpu, 0,
          (const char *[]){"STARPU_WORKERS_CPUID=1", "STARPU_NCPU=1", NULL});
}

SFM_CASE(main_thread_bind)
{
    needs_two_cpus();
    check(main_is_bound, 0, (const char *[]){"STARPU_MAIN_THREAD_BIND=1", NULL});
}

static int has_priorities(void)
{
    return starpu_sched_get_min_priority() == 1 && starpu_sched_get_max_priority() == 4;
}

static int has_one_priority(void)
{
    int min = starpu_sched_get_min_priority(), max = starpu_sched_get_max_priority();
    return min == 0 && max == 0;
}

SFM_CASE(priorities)
{
    const char *const policies[] = {"STARPU_SCHED=prio", "STARPU_SCHED=dmdas"};
    for (int i = 0; i < 2; i++)
        check(
            has_priorities, 0,
            (const char *[]){policies[i], "STARPU_MIN_PRIO=1", "STARPU_MAX_PRIO=4", NULL});
    check(has_one_priority, 0,
          (const char *[]){policies[0], "STARPU_MIN_PRIO=0", "STARPU_MAX_PRIO=0", NULL});
}

static int is_profiling(void)
{
    return starpu_profiling_status_get() == STARPU_PROFILING_ENABLE;
}

SFM_CASE(profiling)
{
    check(is_profiling, 0, (const char *[]){"STARPU_PROFILING=1", NULL});
}

static int always(void)
{
    return 1;
}

static int n_models;

static int see_model(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type;
    n_models += strncmp(path + at->base, "starfmm_", 8) == 0;
    return 0;
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

/* The models of our operators are in StarPU's folder: a cube has no P2L and M2P. */
SFM_CASE(calibrate)
{
    const char *tmp = getenv("TMPDIR");
    char folder[256], setting[300];
    snprintf(folder, sizeof folder, "%s/starfmm-models-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) sfm_test_skip("no temporary folder can be made");
    snprintf(setting, sizeof setting, "STARPU_HOME=%s", folder);
    const char *const settings[] = {setting, "XDG_CACHE_HOME", "STARPU_PERF_MODEL_DIR",
                                    "STARPU_CALIBRATE=1", NULL};
    asked_evaluations = 12; /* StarPU believes ten measurements */
    check(always, 0, settings);
    nftw(folder, see_model, 16, FTW_PHYS);
    CHECKF(n_models >= STARFMM_N_OPERATORS - 2, "%d models", n_models);
    nftw(folder, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* The status of a start, 99 where it has no message that names the variable. */
static const char *named;

static int start_only(void)
{
    starfmm_status status = starfmm_runtime_start(0);
    if (status == STARFMM_OK) starfmm_runtime_stop();
    fprintf(stderr, "%s\n", starfmm_last_error());
    return status == STARFMM_OK || strstr(starfmm_last_error(), named) ? (int)status : 99;
}

static void refuses(const char *setting)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(setting, "="), setting);
    named = name;
    int code = sfm_test_in_child(start_only, (const char *[]){setting, NULL});
    CHECKF(code == (int)STARFMM_ERUNTIME, "%s: exit code %d", setting, code);
}

static int is_running(void)
{
    return starpu_is_initialized();
}

SFM_CASE(right_values_are_not_refused)
{
    check(is_running, 0,
          (const char *[]){"STARPU_SCHED=dmda", "STARPU_SCHED_ALPHA=0.5",
                           "STARPU_HISTORY_MAX_ERROR=10", "STARPU_WORKERS_NOBIND=1", NULL});
}

/* StarPU itself would end the process. */
SFM_CASE(wrong_values_are_refused)
{
    refuses("STARPU_NCPU=abc");
    refuses("STARPU_NCPU=-1");
    refuses("STARPU_CALIBRATE=yes");
    refuses("STARPU_MIN_PRIO=-3");
    refuses("STARPU_MAX_PRIO=x");
    refuses("STARPU_MAIN_THREAD_BIND=on");
    refuses("STARPU_WORKERS_CPUID=abc");
    refuses("STARPU_WORKERS_CPUID=");
    refuses("STARPU_WORKERS_COREID=first");
    refuses("STARPU_WORKERS_NOBIND=no");
    refuses("STARPU_HISTORY_MAX_ERROR=10%");
    refuses("STARPU_LIMIT_MAX_SUBMITTED_TASKS=-5");
    refuses("STARPU_SCHED_ALPHA=high");
    named = "STARPU_MIN_PRIO";
    int code = sfm_test_in_child(start_only,
                                 (const char *[]){"STARPU_SCHED=dmda", "STARPU_MIN_PRIO=2",
                                                  "STARPU_MAX_PRIO=2", NULL});
    CHECKF(code == (int)STARFMM_ERUNTIME, "an empty range: exit code %d", code);
}

SFM_MAIN()
