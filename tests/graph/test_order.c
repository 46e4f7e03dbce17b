/* SPDX-License-Identifier: BSD-3-Clause */
/* Arrays in the order of the tree, and results that are added to: against a usual evaluation,
 * whose bits a deterministic plan repeats. */
#include <stdlib.h>
#include <string.h>

#include "starfmm_starpu.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

enum { N = 3000, M = 2000, RHS = 2, CHUNKS = 7, BEFORE = 5 };

typedef struct fixture {
    starfmm_plan *plan;
    double *x, *y, *q;
    double potentials[M * RHS], gradients[3 * M * RHS]; /* of a usual evaluation */
    size_t source[N], target[M]; /* rows of the caller in tree order */
    double charges[N * RHS];     /* in tree order */
} fixture;

static void set_up(fixture *f)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.gradient = o.deterministic = STARFMM_ON;
    o.digits = 3;
    o.n_crit = 30;
    o.group_size = 16;
    f->x = sfm_test_points("sphere", N, 1);
    f->y = sfm_test_points("cube", M, 2);
    f->q = sfm_test_charges(N * RHS, -1, 1, 3);
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&f->plan, &o, N, f->x, M, f->y));
    CHECK_OK(starfmm_evaluate(f->plan, RHS, f->q, f->potentials, f->gradients));
    CHECK_OK(starfmm_plan_get_order(f->plan, f->source, f->target, NULL, NULL));
    for (size_t i = 0; i < N; i++)
        memcpy(f->charges + i * RHS, f->q + f->source[i] * RHS, RHS * sizeof *f->q);
}

static void tear_down(fixture *f)
{
    CHECK_OK(starfmm_plan_destroy(f->plan));
    starfmm_runtime_stop();
    free(f->x);
    free(f->y);
    free(f->q);
}

/* Results, whose rows are the caller's in_tree_order or not, on top of `before`. */
static void compare(const fixture *f, int in_tree_order, double before,
                    const double *potentials, const double *gradients)
{
    for (size_t i = 0; i < M; i++) {
        size_t row = in_tree_order ? f->target[i] : i;
        for (size_t k = 0; k < RHS; k++)
            CHECKF(potentials[i * RHS + k] == before + f->potentials[row * RHS + k],
                   "potential %zu: %.17g", i, potentials[i * RHS + k]);
        for (size_t k = 0; k < 3 * RHS; k++)
            CHECKF(gradients[i * 3 * RHS + k] == before + f->gradients[row * 3 * RHS + k],
                   "gradient %zu: %.17g", i, gradients[i * 3 * RHS + k]);
    }
}

static fixture f;
static double potentials[M * RHS], gradients[3 * M * RHS];

static void fill(double value)
{
    for (size_t i = 0; i < M * RHS; i++) potentials[i] = value;
    for (size_t i = 0; i < 3 * M * RHS; i++) gradients[i] = value;
}

/* Every row once, and groups that begin where those before end. */
SFM_CASE(order_is_a_permutation)
{
    static int seen[N];
    starfmm_info info = {.size = sizeof info};
    set_up(&f);
    CHECK_OK(starfmm_plan_get_info(f.plan, &info));
    size_t n = (size_t)info.n_groups, *begin = calloc(2 * (n + 1), sizeof *begin);
    CHECK_OK(starfmm_plan_get_order(f.plan, NULL, NULL, begin, begin + n + 1));
    for (size_t i = 0; i < N; i++) CHECK(f.source[i] < N && !seen[f.source[i]]++);
    CHECK(begin[0] == 0 && begin[n] == N && begin[n + 1] == 0 && begin[2 * n + 1] == M);
    for (size_t g = 0; g < n; g++)
        CHECK(begin[g] <= begin[g + 1] && begin[n + 1 + g] <= begin[n + 2 + g]);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_order(NULL, NULL, NULL, NULL, NULL));
    free(begin);
    tear_down(&f);
}

SFM_CASE(blocking)
{
    set_up(&f);
    for (unsigned flags = 0; flags < 4; flags++) {
        int adds = (flags & STARFMM_ACCUMULATE) != 0;
        int in_tree_order = (flags & STARFMM_TREE_ORDER) != 0;
        fill(BEFORE);
        CHECK_OK(starfmm_evaluate_with(f.plan, flags, RHS, in_tree_order ? f.charges : f.q,
                                       potentials, gradients));
        compare(&f, in_tree_order, adds ? BEFORE : 0, potentials, gradients);
    }
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_evaluate_with(f.plan, 4, RHS, f.q, potentials, gradients));
    f.charges[7 * RHS] = 0.0 / 0.0;
    CHECK_STATUS(STARFMM_ENONFINITE, starfmm_evaluate_with(f.plan, STARFMM_TREE_ORDER, RHS,
                                                           f.charges, potentials, NULL));
    CHECKF(strstr(starfmm_last_error(), "charge row 7 ") != NULL, "%s",
           starfmm_last_error());
    tear_down(&f);
}

static void register_chunks(starpu_data_handle_t *handle, double *array, size_t rows,
                            size_t width)
{
    for (size_t c = 0; c < CHUNKS; c++) {
        size_t begin = c * rows / CHUNKS, end = (c + 1) * rows / CHUNKS;
        starpu_vector_data_register(&handle[c], array ? STARPU_MAIN_RAM : -1,
                                    (uintptr_t)(array ? array + begin * width : NULL),
                                    (uint32_t)((end - begin) * width), sizeof *array);
    }
}

static void unregister_chunks(starpu_data_handle_t *handle)
{
    for (size_t c = 0; c < CHUNKS; c++) starpu_data_unregister(handle[c]);
}

SFM_CASE(handles)
{
    starpu_data_handle_t q[CHUNKS], p[CHUNKS], g[CHUNKS], empty[CHUNKS];
    starfmm_request *request;
    starfmm_submit_options o;
    starfmm_submit_options_init(&o);
    o.n_rhs = RHS;
    o.gradients = (starfmm_chunks){CHUNKS, g};
    set_up(&f);
    for (o.flags = 0; o.flags < 4; o.flags++) {
        int adds = (o.flags & STARFMM_ACCUMULATE) != 0;
        int in_tree_order = (o.flags & STARFMM_TREE_ORDER) != 0;
        fill(BEFORE);
        register_chunks(q, in_tree_order ? f.charges : f.q, N, RHS);
        register_chunks(p, potentials, M, RHS);
        register_chunks(g, gradients, M, 3 * RHS);
        CHECK_OK(starfmm_plan_submit(f.plan, (starfmm_chunks){CHUNKS, q},
                                     (starfmm_chunks){CHUNKS, p}, &o, &request));
        CHECK_OK(starfmm_request_wait(request));
        starfmm_request_free(request);
        if (o.flags == STARFMM_ACCUMULATE) {
            register_chunks(empty, NULL, M, RHS);
            CHECK_STATUS(STARFMM_EINVAL,
                         starfmm_plan_submit(f.plan, (starfmm_chunks){CHUNKS, q},
                                             (starfmm_chunks){CHUNKS, empty}, &o, NULL));
            unregister_chunks(empty);
        }
        unregister_chunks(q);
        unregister_chunks(p);
        unregister_chunks(g);
        compare(&f, in_tree_order, adds ? BEFORE : 0, potentials, gradients);
    }
    tear_down(&f);
}

/* At other targets results are added, too; their order is the caller's. */
SFM_CASE(other_targets)
{
    static double usual[100];
    double added[100];
    starpu_data_handle_t p;
    starfmm_request *request;
    starfmm_submit_options o;
    starfmm_submit_options_init(&o);
    o.n_rhs = RHS;
    set_up(&f);
    CHECK_OK(starfmm_evaluate_at(f.plan, RHS, 50, f.x, usual, NULL));
    for (size_t i = 0; i < 100; i++) added[i] = BEFORE;
    starpu_vector_data_register(&p, STARPU_MAIN_RAM, (uintptr_t)added, 100, sizeof *added);
    o.flags = STARFMM_TREE_ORDER;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_submit_at(f.plan, 50, f.x,
                                                        (starfmm_chunks){1, &p}, &o, NULL));
    o.flags = STARFMM_ACCUMULATE;
    CHECK_OK(
        starfmm_plan_submit_at(f.plan, 50, f.x, (starfmm_chunks){1, &p}, &o, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    starpu_data_unregister(p);
    for (size_t i = 0; i < 100; i++)
        CHECKF(added[i] == BEFORE + usual[i], "target %zu: %.17g", i, added[i]);
    tear_down(&f);
}

SFM_MAIN()
