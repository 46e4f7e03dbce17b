/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine that fails: no memory, no folder to write, no home, no worker, no scheduler.
 * The answer is a status with a message, never an abort, and nothing is leaked (the
 * sanitizer runs tell).  What ends the process if it goes wrong runs in a child.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "starfmm.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 400
#define MANY 100000 /* more allocations than any call makes */

static starfmm_options small_options(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.order = 3;
    o.n_crit = 10;
    o.deterministic = STARFMM_ON;
    return o;
}

/* ---- memory ----------------------------------------------------------------------------- */

/* Creation with the n-th allocation failing, for all n; the plan that works in the end. */
static starfmm_plan *create_with_failures(const starfmm_options *o, const double *x,
                                          size_t n_trg, const double *trg)
{
    for (long n = 1; n < MANY; n++) {
        starfmm_plan *plan = NULL;
        sfm_alloc_fail_after(n);
        starfmm_status status = starfmm_plan_create(&plan, o, N, x, n_trg, trg);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK) {
            CHECK(n > 20);
            return plan;
        }
        CHECKF(status == STARFMM_ENOMEM && plan == NULL, "allocation %ld: status %d, %s", n,
               (int)status, starfmm_last_error());
        CHECKF(strstr(starfmm_last_error(), "memory") != NULL, "'%s'",
               starfmm_last_error());
    }
    CHECK(!"creation never succeeds");
    return NULL;
}

static void evaluate_with_failures(starfmm_plan *plan, size_t n_rhs, const double *q,
                                   double *p)
{
    for (long n = 1; n < MANY; n++) {
        sfm_alloc_fail_after(n);
        starfmm_status status = starfmm_evaluate(plan, n_rhs, q, p, NULL);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK) {
            CHECK(n > 3);
            return;
        }
        CHECKF(status == STARFMM_ENOMEM, "allocation %ld: status %d, %s", n, (int)status,
               starfmm_last_error());
        CHECKF(strstr(starfmm_last_error(), "memory") != NULL, "'%s'",
               starfmm_last_error());
    }
    CHECK(!"evaluation never succeeds");
}

static void fail_everywhere(starfmm_options o, size_t n_trg)
{
    sfm_test_problem p;
    double result[3 * 2 * N];
    sfm_test_problem_make(&p, &o, "plummer", N, n_trg, 3, 0, 50, 1);
    starfmm_plan *plan = create_with_failures(&o, p.sources, n_trg, p.targets);
    REQUIRE(plan != NULL);
    evaluate_with_failures(plan, 1, p.charges, result);
    evaluate_with_failures(plan, 3, p.charges, result);
    for (size_t i = 0; i < p.n_rows; i++)
        memcpy(result + 3 * i, result + 3 * p.rows[i], 3 * sizeof *result);
    double error = sfm_test_distance(3 * p.n_rows, result, p.potentials);
    CHECKF(error < 2e-3, "after failures: error %g", error);
    CHECK_OK(starfmm_plan_destroy(plan));
    sfm_test_problem_free(&p);
}

SFM_CASE(no_memory)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (int variant = 0; variant < 4; variant++) {
        starfmm_options o = small_options();
        o.m2l = variant & 1 ? STARFMM_M2L_DENSE : STARFMM_M2L_FOURIER;
        o.kernel = variant & 2 ? STARFMM_YUKAWA : STARFMM_LAPLACE;
        o.params[0] = variant & 2 ? 1 : 0;
        if (variant & 2) o.max_depth = 4; /* a set of operators per level */
        fail_everywhere(o, variant & 1 ? 2 * N : 0);
    }
    starfmm_runtime_stop();
}

/* ---- files ------------------------------------------------------------------------------ */

static char folder[256];

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/starfmm-test-XXXXXX", tmp ? tmp : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
}

/* Do something to every file in the folder; their number. */
static int for_each_file(void (*act)(const char *path))
{
    char path[600];
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        act(path);
        n++;
    }
    if (d) closedir(d);
    return n;
}

static void look(const char *path)
{
    (void)path;
}

static void delete (const char *path)
{
    CHECK(unlink(path) == 0);
}

static void drop_folder(void)
{
    for_each_file(delete);
    CHECK(rmdir(folder) == 0);
}

SFM_CASE(plan_file_not_writable)
{
    const char *const paths[] = {"/proc/none/plan.h5", "/dev/null/plan.h5", "/proc/plan.h5",
                                 ""};
    starfmm_options o = small_options();
    starfmm_plan *plan;
    double *x = sfm_test_points("cube", N, 3);
    CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(STARFMM_EIO, starfmm_plan_write(plan, paths[i]));
        CHECKF(strstr(starfmm_last_error(), paths[i]) != NULL, "%s", starfmm_last_error());
    }
    make_folder();
    /* The target is a folder: the rename fails and the temporary file goes. */
    char path[300];
    snprintf(path, sizeof path, "%s/taken", folder);
    CHECK(mkdir(path, 0700) == 0);
    CHECK_STATUS(STARFMM_EIO, starfmm_plan_write(plan, path));
    CHECK(rmdir(path) == 0 && for_each_file(look) == 0);
    for (long n = 1; n < MANY; n++) {
        snprintf(path, sizeof path, "%s/plan.h5", folder);
        sfm_alloc_fail_after(n);
        starfmm_status status = starfmm_plan_write(plan, path);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK) break;
        CHECKF(status == STARFMM_ENOMEM || status == STARFMM_EIO, "allocation %ld: %d", n,
               (int)status);
        CHECK(for_each_file(look) == 0);
    }
    CHECK(for_each_file(look) == 1);
    drop_folder();
    CHECK_OK(starfmm_plan_destroy(plan));
    free(x);
}

/* ---- the environment -------------------------------------------------------------------- */

/* Start, evaluate, stop: 0 when all went well, the status of the start or the plan when it
 * was refused with a message, 99 else. */
static int start_and_evaluate(void)
{
    starfmm_options o = small_options();
    starfmm_plan *plan;
    double *x = sfm_test_points("cube", N, 4), *q = sfm_test_charges(N, 0, 1, 5), p[N];
    starfmm_status start = starfmm_runtime_start(0), status = start;
    int result = 99;
    if (start == STARFMM_OK) status = starfmm_plan_create(&plan, &o, N, x, 0, NULL);
    if (status != STARFMM_OK)
        result = starfmm_last_error()[0] ? (int)status : 99;
    else {
        if (starfmm_evaluate(plan, 1, q, p, NULL) == STARFMM_OK) result = 0;
        starfmm_plan_destroy(plan);
    }
    if (start == STARFMM_OK) starfmm_runtime_stop();
    if (result == (int)STARFMM_ERUNTIME)
        fprintf(stderr, "refused: %s\n", starfmm_last_error());
    free(x);
    free(q);
    return result;
}

static void check_child(int expected, const char *const *changes)
{
    int code = sfm_test_in_child(start_and_evaluate, changes);
    CHECKF(code == expected, "%s ...: exit code %d, not %d", changes[0], code, expected);
}

SFM_CASE(no_cpu_worker)
{
    check_child(STARFMM_ERUNTIME, (const char *[]){"STARPU_NCPU=0", NULL});
    check_child(STARFMM_ERUNTIME,
                (const char *[]){"STARPU_NCPUS=0", "STARPU_NCPU=0", NULL});
}

SFM_CASE(unknown_scheduler)
{
    check_child(STARFMM_ERUNTIME, (const char *[]){"STARPU_SCHED=nonsense", NULL});
    check_child(STARFMM_ERUNTIME, (const char *[]){"STARPU_SCHED=", NULL});
}

/* The models go to a temporary folder, which is gone in the end. */
SFM_CASE(no_home)
{
    char tmp[300];
    const char *const homes[][5] = {
        {"HOME=/proc/none", "STARPU_HOME", "XDG_CACHE_HOME", tmp, NULL},
        {"HOME", "STARPU_HOME", "XDG_CACHE_HOME", tmp, NULL},
        {"HOME=/dev/null", "STARPU_HOME", "XDG_CACHE_HOME", tmp, NULL},
        {"STARPU_HOME=/proc/none", "XDG_CACHE_HOME", "HOME", tmp, NULL},
        {"STARPU_PERF_MODEL_DIR=/proc/none", tmp, NULL},
        {"XDG_CACHE_HOME=/proc/none", tmp, NULL},
    };
    make_folder();
    snprintf(tmp, sizeof tmp, "TMPDIR=%s", folder);
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        check_child(0, homes[i]);
        CHECKF(for_each_file(look) == 0, "%s: something is left in %s", homes[i][0],
               folder);
    }
    drop_folder();
}

/* Nowhere to write at all: a status or a start, no abort. */
SFM_CASE(nowhere_to_write)
{
    int code = sfm_test_in_child(
        start_and_evaluate,
        (const char *[]){"HOME=/proc/none", "STARPU_HOME=/proc/none",
                         "XDG_CACHE_HOME=/proc/none", "TMPDIR=/proc/none", NULL});
    CHECKF(code == 0 || code == (int)STARFMM_ERUNTIME, "exit code %d", code);
}

/* More workers than the machine has, and other values that StarPU itself must digest. */
SFM_CASE(workers_of_the_environment)
{
    check_child(0, (const char *[]){"STARPU_NCPU=1", NULL});
    check_child(0, (const char *[]){"STARPU_NCPU=4", "STARPU_WORKERS_NOBIND=1", NULL});
    check_child(STARFMM_EINVAL, (const char *[]){"STARFMM_ISA=nonsense", NULL});
}

SFM_MAIN()
