/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counting run: with the kernel that is 1 everywhere every target's potential is the sum
 * of all charges, exactly (small integers), if and only if every (source, target) pair is
 * covered once, by whichever path, and every task ran once in a right order.
 */
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

static const int group_sizes[] = {0, 1, 3, 8, 64, 1 << 20};
#define N_SIZES ((int)(sizeof group_sizes / sizeof *group_sizes))

/* Charges 1, 2, 3, 1, 2, 3 ...; the sum stays exact in single precision too. */
static double fill_charges(double *q, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += q[i] = (double)(i % 3 + 1);
    return sum;
}

static void count(const char *kind, size_t n_src, size_t n_trg, const starfmm_options *o)
{
    double *src = sfm_test_points(kind, n_src, 7);
    double *trg = n_trg ? sfm_test_points(kind, n_trg, 8) : NULL;
    size_t m = n_trg ? n_trg : n_src, wrong = 0;
    double *q = malloc((n_src + 1) * sizeof *q), *pot = malloc((m + 1) * sizeof *pot);
    double sum = fill_charges(q, n_src);
    starfmm_plan *plan;
    CHECK_OK(starfmm_plan_create(&plan, o, n_src, src, n_trg, trg));
    /* Twice: the second evaluation finds the buffers as the first one left them. */
    for (int repeat = 0; plan && repeat < 2; repeat++) {
        memset(pot, 0xff, m * sizeof *pot);
        CHECK_OK(starfmm_evaluate(plan, 1, q, pot, NULL));
        for (size_t i = 0; i < m; i++) wrong += pot[i] != sum;
    }
    CHECKF(wrong == 0,
           "%s, %zu sources, %zu targets, group %d, balance %d: %zu wrong, e.g. %g of %g",
           kind, n_src, n_trg, o->group_size, (int)o->balance, wrong, pot[0], sum);
    CHECK_OK(starfmm_plan_destroy(plan));
    free(src);
    free(trg);
    free(q);
    free(pot);
}

static starfmm_options counting(int n_crit, int group_size)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = STARFMM_COUNT;
    o.n_crit = n_crit;
    o.group_size = group_size;
    return o;
}

/* Every kind of set, balanced and not, one set and two, both M2L methods. */
SFM_CASE(trees)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int variant = 0; variant < 4; variant++) {
            starfmm_options o = counting(variant < 2 ? 4 : 20, 0);
            o.balance = variant & 1 ? STARFMM_OFF : STARFMM_ON;
            o.m2l = variant & 2 ? STARFMM_M2L_DENSE : STARFMM_M2L_FOURIER;
            count(sfm_test_kinds[k], 4000, 0, &o);
            count(sfm_test_kinds[k], 3000, 500, &o);
            count(sfm_test_kinds[k], 40, 3000, &o);
        }
    starfmm_runtime_stop();
}

SFM_CASE(group_sizes)
{
    const char *kinds[] = {"cube", "sphere", "plummer", "helix"};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 4; k++)
        for (int s = 0; s < N_SIZES; s++) {
            starfmm_options o = counting(10, group_sizes[s]);
            count(kinds[k], 3000, 0, &o);
            count(kinds[k], 3000, 1000, &o);
        }
    starfmm_runtime_stop();
}

SFM_CASE(small_sets)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (size_t n = 0; n < 12; n++) {
        starfmm_options o = counting(1, 0);
        count("cube", n, 0, &o);
        count("cube", n, 5, &o);
        count("equal", n, 3, &o);
    }
    starfmm_runtime_stop();
}

static void with_scheduler(const char *name)
{
    setenv("STARPU_SCHED", name, 1);
    CHECK_OK(starfmm_runtime_start(2));
    for (int s = 0; s < N_SIZES; s++)
        for (int deterministic = 0; deterministic < 2; deterministic++) {
            starfmm_options o = counting(8, group_sizes[s]);
            o.deterministic = deterministic ? STARFMM_ON : STARFMM_OFF;
            count("plummer", 2000, 0, &o);
            count("sphere", 2000, 700, &o);
        }
    starfmm_runtime_stop();
}

SFM_CASE(eager)
{
    with_scheduler("eager");
}
SFM_CASE(lws)
{
    with_scheduler("lws");
}
SFM_CASE(ws)
{
    with_scheduler("ws");
}
SFM_CASE(prio)
{
    with_scheduler("prio");
}
SFM_CASE(dmda)
{
    with_scheduler("dmda");
}
SFM_CASE(heteroprio)
{
    with_scheduler("heteroprio");
}

SFM_MAIN()
