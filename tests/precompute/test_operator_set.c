/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operator sets of the process: who shares one, that a shared one costs nothing (it is given
 * while every allocation fails), and what becomes of those that nobody uses.
 */
#include "precompute/operator_set.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "operators/surface.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

static sfm_operator_set_key key_of(int order, starfmm_m2l m2l)
{
    sfm_operator_set_key key;
    memset(&key, 0, sizeof key);
    key.matrices = (sfm_operators_key){.kernel = STARFMM_LAPLACE,
                                       .order = order,
                                       .check_order = order + 1,
                                       .inner = SFM_INNER_FORM,
                                       .outer = SFM_OUTER_FORM,
                                       .cutoff = SFM_CUTOFF_F64};
    key.precision = STARFMM_DOUBLE;
    key.isa = SFM_ISA_PORTABLE;
    key.m2l = m2l;
    return key;
}

static const sfm_operator_set *get_set(const sfm_operator_set_key *key)
{
    const sfm_operator_set *set = NULL;
    CHECK_OK(sfm_operator_set_get(&set, key));
    return set;
}

/* The set if the process has it; NULL where it would have to be computed. */
static const sfm_operator_set *find_set(const sfm_operator_set_key *key)
{
    const sfm_operator_set *set = NULL;
    sfm_alloc_fail_after(1);
    starfmm_status status = sfm_operator_set_get(&set, key);
    sfm_alloc_fail_after(0);
    CHECK(status == STARFMM_OK || status == STARFMM_ENOMEM);
    return status == STARFMM_OK ? set : NULL;
}

/* ---- one set, many users ---------------------------------------------------------------- */

SFM_CASE(shared)
{
    sfm_operator_set_key key = key_of(4, STARFMM_M2L_FOURIER);
    CHECK(find_set(&key) == NULL);
    const sfm_operator_set *first = get_set(&key), *second = find_set(&key);
    REQUIRE(first != NULL);
    CHECK(second == first && first->references == 2 && first->content != NULL);
    CHECK(first->bytes > 0 && first->key.matrices.order == 4);
    sfm_operator_set_release(second);
    sfm_operator_sets_free_unused(); /* it is in use */
    CHECK(find_set(&key) == first);
    sfm_operator_set_release(first);
    sfm_operator_set_release(first);
    CHECK(find_set(&key) == first); /* nobody used it, and it was kept */
    sfm_operator_set_release(first);
    sfm_operator_sets_free_unused();
    CHECK(find_set(&key) == NULL);
    sfm_operator_set_release(NULL);
}

/* Every part of a key tells sets apart. */
SFM_CASE(not_shared)
{
    sfm_operator_set_key key[14];
    const sfm_operator_set *set[14];
    for (int i = 0; i < 14; i++) key[i] = key_of(3, STARFMM_M2L_FOURIER);
    key[1].matrices.kernel = STARFMM_YUKAWA;
    key[1].matrices.params[0] = 1;
    key[2].matrices.kernel = STARFMM_YUKAWA;
    key[2].matrices.params[0] = 2;
    key[3].matrices.order = 2;
    key[4].matrices.check_order = 5;
    key[5].matrices.inner.alpha = 1.1;
    key[6].matrices.outer.alpha = 2.8;
    key[7].matrices.cutoff = 1e-10;
    key[8].matrices.floor = 1e-30;
    key[9].precision = STARFMM_FLOAT;
    key[10].m2l = STARFMM_M2L_DENSE;
    int n = 11;
    sfm_isa best;
    CHECK_OK(sfm_isa_select(NULL, &best));
    for (int isa = SFM_ISA_PORTABLE + 1; isa <= (int)best; isa++)
        key[n++].isa = (sfm_isa)isa;
    for (int i = 0; i < n; i++) {
        CHECKF(find_set(&key[i]) == NULL, "set %d is another's", i);
        set[i] = get_set(&key[i]);
        for (int j = 0; j < i; j++)
            CHECKF(set[i] != set[j], "sets %d and %d are one", i, j);
    }
    for (int i = 0; i < n; i++) {
        CHECKF(find_set(&key[i]) == set[i], "set %d is not found again", i);
        sfm_operator_set_release(set[i]);
        sfm_operator_set_release(set[i]);
    }
    sfm_operator_sets_free_unused();
}

/* ---- threads ----------------------------------------------------------------------------- */

#define N_THREADS 4

static pthread_barrier_t together;
static sfm_operator_set_key thread_key;

static void *get_in_thread(void *set)
{
    pthread_barrier_wait(&together);
    *(const sfm_operator_set **)set = get_set(&thread_key);
    return NULL;
}

SFM_CASE(threads_at_once)
{
    for (int turn = 0; turn < 5; turn++) {
        const sfm_operator_set *set[N_THREADS];
        pthread_t thread[N_THREADS];
        thread_key = key_of(3 + turn % 2, STARFMM_M2L_FOURIER);
        thread_key.matrices.cutoff = 1e-12 * (turn + 1);
        pthread_barrier_init(&together, NULL, N_THREADS);
        for (int i = 0; i < N_THREADS; i++)
            pthread_create(&thread[i], NULL, get_in_thread, &set[i]);
        for (int i = 0; i < N_THREADS; i++) pthread_join(thread[i], NULL);
        pthread_barrier_destroy(&together);
        for (int i = 0; i < N_THREADS; i++)
            CHECKF(set[i] == set[0], "thread %d has a set of its own", i);
        CHECKF(set[0] && set[0]->references == N_THREADS, "%d references",
               set[0] ? set[0]->references : 0);
        for (int i = 0; i < N_THREADS; i++) sfm_operator_set_release(set[i]);
        sfm_operator_sets_free_unused();
        CHECK(find_set(&thread_key) == NULL);
    }
}

/* ---- sets that nobody uses ----------------------------------------------------------------- */

/* Of sets of a fifth of the bound and more those that were taken last are kept; one that is in
 * use always is. */
SFM_CASE(unused_sets_are_bounded)
{
    sfm_operator_set_key key[9];
    const sfm_operator_set *set[9];
    size_t bytes = 0;
    for (int i = 0; i < 9; i++) {
        key[i] = key_of(6, STARFMM_M2L_DENSE);
        key[i].matrices.cutoff = 1e-13 * (i + 1);
        set[i] = get_set(&key[i]);
        if (i != 1) sfm_operator_set_release(set[i]); /* the second stays in use */
        if (i > 2) { /* the third is taken again and again */
            CHECK(find_set(&key[2]) == set[2]);
            sfm_operator_set_release(set[2]);
        }
        bytes = set[1] ? set[1]->bytes : 0;
    }
    int most = (int)(SFM_UNUSED_SET_BYTES / bytes);
    REQUIRE(most >= 2 && most < 7);
    for (int i = 0; i < 9; i++) {
        const sfm_operator_set *found = find_set(&key[i]);
        int kept = i == 1 || i == 2 || i >= 9 - most + 1;
        CHECKF((found != NULL) == kept, "set %d of 9, %zu bytes each: %s", i, bytes,
               found ? "kept" : "freed");
        sfm_operator_set_release(found);
    }
    sfm_operator_set_release(set[1]);
    sfm_operator_sets_free_unused();
    CHECK(find_set(&key[8]) == NULL && find_set(&key[1]) == NULL);
}

/* ---- plans ----------------------------------------------------------------------------- */

static starfmm_options options_for(starfmm_kernel kernel)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = kernel;
    o.params[0] = kernel == STARFMM_YUKAWA ? 3 : 0;
    o.order = 3;
    o.n_crit = 20;
    return o;
}

/* Plans of one kind share the sets of all levels of boxes of the same size; Laplace one. */
static void check_plans(starfmm_kernel kernel)
{
    starfmm_options o = options_for(kernel), another = o;
    sfm_test_serial a, b, c;
    another.order = 4;
    if (!sfm_test_serial_make(&a, &o, "sphere", 3000, 0, 1)) return;
    if (!sfm_test_serial_make(&b, &o, "sphere", 3000, 0, 2)) return;
    if (!sfm_test_serial_make(&c, &another, "sphere", 3000, 0, 1)) return;
    int depth = a.plan.geometry.tree.depth;
    CHECKF(depth > 3, "%d levels", depth);
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) {
        const sfm_operator_set *set = a.plan.levels.set[l];
        CHECKF((set != NULL) == (l >= 2 && l <= depth), "level %d", l);
        CHECKF(set == b.plan.levels.set[l], "level %d is not shared", l);
        CHECKF(!set || set != c.plan.levels.set[l], "level %d is shared by two orders", l);
        for (int k = 2; k < l && set; k++)
            CHECKF((set == a.plan.levels.set[k]) == (kernel == STARFMM_LAPLACE),
                   "levels %d and %d", k, l);
    }
    int references = a.plan.levels.set[2]->references;
    int expected = 2 * (kernel == STARFMM_LAPLACE ? depth - 1 : 1);
    CHECKF(references == expected, "%d references, not %d", references, expected);
    const sfm_operator_set *set = a.plan.levels.set[2];
    sfm_test_serial_free(&a);
    CHECKF(set->references == expected / 2, "%d references, not %d", set->references,
           expected / 2);
    sfm_test_serial_free(&b);
    sfm_test_serial_free(&c);
    sfm_operator_sets_free_unused();
}

SFM_CASE(plans_of_laplace)
{
    check_plans(STARFMM_LAPLACE);
}
SFM_CASE(plans_of_yukawa)
{
    check_plans(STARFMM_YUKAWA);
}

/* ---- failures ---------------------------------------------------------------------------- */

/* Every allocation of a plan's levels fails once: no reference is left. */
SFM_CASE(memory_failures)
{
    starfmm_options o = options_for(STARFMM_YUKAWA);
    sfm_test_serial s;
    if (!sfm_test_serial_make(&s, &o, "sphere", 500, 0, 1)) return;
    const sfm_settings settings = s.plan.settings;
    const double params[STARFMM_MAX_PARAMS] = {0.7}; /* not the plan's */
    starfmm_status status = STARFMM_ENOMEM;
    long n = 0;
    while (status == STARFMM_ENOMEM && n < 2000) {
        sfm_levels levels;
        sfm_operator_sets_free_unused();
        sfm_alloc_fail_after(++n);
        status = sfm_levels_create(&levels, &settings, &s.plan.geometry, 2, params);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK) {
            CHECK(levels.set[2]->references == 1);
            sfm_levels_free(&levels);
        }
        CHECK(levels.set[2] == NULL && levels.typed == NULL);
    }
    CHECKF(status == STARFMM_OK && n > 10, "%ld allocations", n - 1);
    sfm_test_serial_free(&s);
    sfm_operator_sets_free_unused();
}

SFM_MAIN()
