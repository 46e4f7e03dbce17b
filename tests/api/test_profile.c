/* SPDX-License-Identifier: BSD-3-Clause */
/* Tuned settings reach a plan, below options and environment, and never change the sums. */
#include <string.h>
#include <unistd.h>

#include "graph/runtime.h"
#include "plan/tuning.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 4000

static char folder[256], path[300];

static void enter(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/starfmm-profile-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) sfm_test_skip("no temporary folder can be made");
    snprintf(path, sizeof path, "%s/profile.txt", folder);
}

static void leave(void)
{
    unlink(path);
    CHECK(rmdir(folder) == 0);
}

/* A profile with one entry, for these points and options on this machine. */
static void write_profile(const starfmm_options *o, const double *x, size_t n)
{
    sfm_tuning t;
    const sfm_point_sets points = {.n_sources = n, .sources = x};
    const sfm_tunings one = {1, &t};
    sfm_tuning_classify(o, &points, &t);
    t.n_crit = 21;
    t.group_size = 11;
    t.ratio = 0.5;
    strcpy(t.m2l, "dense");
    strcpy(t.scheduler, "prio");
    CHECK_OK(sfm_tunings_save(path, &one));
}

static void damage(void)
{
    FILE *f = fopen(path, "a");
    CHECK(f && fputs("n_crit=1\n", f) >= 0 && fclose(f) == 0);
}

/* A plan's choices are these; the status of the profile, too. */
static void check_choices(const starfmm_options *o, const double *x, int status, int n_crit,
                          int group_size, starfmm_m2l m2l)
{
    starfmm_plan *plan;
    starfmm_info i = {.size = sizeof i};
    CHECK_OK(starfmm_plan_create(&plan, o, N, x, 0, NULL));
    CHECK_OK(starfmm_plan_get_info(plan, &i));
    CHECKF(i.profile_status == status, "status %d: %s", i.profile_status,
           i.profile_message);
    CHECK(n_crit == 0 ? i.n_crit != 21 : i.n_crit == n_crit);
    CHECK(group_size == 0 ? i.group_size != 11 : i.group_size == group_size);
    CHECK(i.m2l == m2l);
    CHECK((i.profile_message[0] != '\0') == (status > 0));
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_CASE(fills_what_is_open)
{
    starfmm_options o;
    double *x = sfm_test_points("cube", N, 1), *y = sfm_test_points("helix", N, 1);
    starfmm_options_init(&o);
    enter();
    o.profile = path;
    check_choices(&o, x, 0, 0, 0, STARFMM_M2L_FOURIER); /* no such file yet */
    write_profile(&o, x, N);
    check_choices(&o, x, 1, 21, 11, STARFMM_M2L_DENSE);
    check_choices(&o, y, 2, 0, 0, STARFMM_M2L_FOURIER);
    o.n_crit = 50;
    o.m2l = STARFMM_M2L_FOURIER;
    check_choices(&o, x, 1, 50, 11, STARFMM_M2L_FOURIER);
    o.digits = 5;
    check_choices(&o, x, 2, 50, 0, STARFMM_M2L_FOURIER);
    starfmm_options_init(&o);
    o.profile = "";
    check_choices(&o, x, 0, 0, 0, STARFMM_M2L_FOURIER);
    leave();
    free(x);
    free(y);
}

SFM_CASE(unsound_ones)
{
    starfmm_options o;
    starfmm_plan *plan;
    double *x = sfm_test_points("cube", N, 1);
    starfmm_options_init(&o);
    enter();
    write_profile(&o, x, N);
    damage();
    o.profile = path;
    CHECK_STATUS(STARFMM_EFORMAT, starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    CHECKF(strstr(starfmm_last_error(), "profile.txt:4"), "%s", starfmm_last_error());
    CHECK(plan == NULL);
    o.profile = folder;
    CHECK_STATUS(STARFMM_EIO, starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    leave();
    free(x);
}

/* In the folder of operators, where nobody named it. */
static starfmm_options unnamed(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = STARFMM_COUNT; /* stores no operators beside the profile but one */
    o.cache_dir = folder;
    return o;
}

static void drop_operators(void)
{
    char command[400];
    snprintf(command, sizeof command, "rm -f '%s'/*.h5", folder);
    CHECK(system(command) == 0);
}

SFM_CASE(in_the_cache)
{
    double *x = sfm_test_points("cube", N, 1);
    starfmm_options o = unnamed();
    enter();
    write_profile(&o, x, N);
    check_choices(&o, x, 1, 21, 11, STARFMM_M2L_DENSE);
    o.deterministic = STARFMM_ON;
    check_choices(&o, x, 0, 0, 0, STARFMM_M2L_FOURIER);
    o.profile = path;
    check_choices(&o, x, 1, 21, 11, STARFMM_M2L_DENSE);
    o = unnamed();
    damage();
    check_choices(&o, x, 3, 0, 0, STARFMM_M2L_FOURIER);
    drop_operators();
    leave();
    free(x);
}

static void check_sums(starfmm_plan *plan, const sfm_test_problem *p)
{
    double all[N], some[N], error;
    CHECK_OK(starfmm_evaluate(plan, 1, p->charges, all, NULL));
    for (size_t i = 0; i < p->n_rows; i++) some[i] = all[p->rows[i]];
    error = sfm_test_distance(p->n_rows, some, p->potentials);
    CHECKF(error < 1e-6, "error %g", error);
}

/* The method of a plan stays when its points move, whatever the profile says then. */
SFM_CASE(keeps_the_sums)
{
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_info i = {.size = sizeof i};
    sfm_test_problem p;
    starfmm_options_init(&o);
    enter();
    o.profile = path;
    sfm_test_problem_make(&p, &o, "cube", N, 0, 1, 0, 100, 1);
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, N, p.sources, 0, NULL));
    check_sums(plan, &p);
    write_profile(&o, p.sources, N);
    CHECK_OK(starfmm_plan_move(plan, N, p.sources, 0, NULL));
    CHECK_OK(starfmm_plan_get_info(plan, &i));
    CHECK(i.profile_status == 1 && i.n_crit == 21 && i.m2l == STARFMM_M2L_FOURIER);
    check_sums(plan, &p);
    CHECK_OK(starfmm_plan_destroy(plan));
    CHECK_OK(starfmm_plan_create(&plan, &o, N, p.sources, 0, NULL));
    CHECK_OK(starfmm_plan_get_info(plan, &i));
    CHECK(i.n_crit == 21 && i.m2l == STARFMM_M2L_DENSE);
    check_sums(plan, &p);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    sfm_test_problem_free(&p);
    leave();
}

static int environment_wins(void)
{
    starfmm_plan *plan;
    starfmm_info i = {.size = sizeof i};
    double *x = sfm_test_points("cube", N, 1);
    starfmm_status status = starfmm_plan_create(&plan, NULL, N, x, 0, NULL);
    if (status == STARFMM_OK) status = starfmm_plan_get_info(plan, &i);
    starfmm_plan_destroy(plan);
    free(x);
    return status == STARFMM_OK && i.n_crit == 33 && i.group_size == 11 ? 0 : 1;
}

/* 0 when the policy is the one that the environment expects. */
static int starts_with_policy(void)
{
    sfm_runtime_description d;
    starfmm_status status = starfmm_runtime_start(0);
    if (status != STARFMM_OK) return (int)status;
    status = sfm_runtime_describe(&d);
    starfmm_runtime_stop();
    return status == STARFMM_OK && strcmp(d.scheduler, getenv("EXPECTED")) == 0 ? 0 : 99;
}

SFM_CASE(in_the_environment)
{
    char setting[330];
    starfmm_options o;
    double *x = sfm_test_points("cube", N, 1);
    starfmm_options_init(&o);
    enter();
    write_profile(&o, x, N);
    snprintf(setting, sizeof setting, "STARFMM_PROFILE=%s", path);
    CHECK(sfm_test_in_child(environment_wins,
                            (const char *[]){setting, "STARFMM_N_CRIT=33", NULL}) == 0);
    CHECK(sfm_test_in_child(starts_with_policy,
                            (const char *[]){setting, "EXPECTED=prio", NULL}) == 0);
    CHECK(sfm_test_in_child(starts_with_policy,
                            (const char *[]){setting, "EXPECTED=eager",
                                             "STARPU_SCHED=eager", NULL}) == 0);
    CHECK(sfm_test_in_child(starts_with_policy,
                            (const char *[]){"STARFMM_PROFILE=", "EXPECTED=lws", NULL}) ==
          0);
    damage();
    CHECK(sfm_test_in_child(starts_with_policy,
                            (const char *[]){setting, "EXPECTED=lws", NULL}) ==
          (int)STARFMM_EFORMAT);
    leave();
    free(x);
}

SFM_MAIN()
