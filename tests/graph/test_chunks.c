/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The caller's handles as chunks: many of them, partitioned ones, ones without a value.  What
 * StarPU would end the process for is EINVAL with a message.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/errors.h"
#include "tests/support/guest.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

static void make_guest(sfm_test_guest *g, size_t n)
{
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(g, n, 1, &o, 0);
    memcpy(g->charges, g->q, n * sizeof *g->q);
}

static void drop_guest(sfm_test_guest *g)
{
    sfm_test_guest_free(g);
    starfmm_runtime_stop();
}

/* A handle each for values of an array. */
static starpu_data_handle_t *register_each(double *x, size_t n)
{
    starpu_data_handle_t *h = malloc(n * sizeof *h);
    for (size_t i = 0; i < n; i++)
        starpu_vector_data_register(&h[i], STARPU_MAIN_RAM, (uintptr_t)(x + i), 1,
                                    sizeof *x);
    return h;
}

static void unregister_each(starpu_data_handle_t *h, size_t n)
{
    for (size_t i = 0; i < n; i++) starpu_data_unregister(h[i]);
    free(h);
}

/* Other targets in one leaf, a chunk each. */
SFM_CASE(a_chunk_for_each_other_target)
{
    enum { M = 1000 };
    sfm_test_guest g;
    starfmm_request *request;
    double t[3 * M], at[M], exact[M];
    uint64_t seed = 1;
    starfmm_options o = sfm_test_guest_options();
    make_guest(&g, 5000);
    for (size_t i = 0; i < 3 * M; i++) t[i] = 0.5 + 1e-3 * sfm_test_uniform(&seed);
    starpu_data_handle_t *h = register_each(at, M);
    CHECK_OK(starfmm_evaluate(g.plan, 1, g.q, g.result, NULL));
    CHECK_OK(starfmm_plan_submit_at(g.plan, M, t, (starfmm_chunks){M, h}, NULL, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    unregister_each(h, M);
    CHECK_OK(starfmm_direct(&o, g.n, g.x, M, t, 1, g.q, M, NULL, exact, NULL));
    double error = sfm_test_distance(M, at, exact);
    CHECKF(error < 1e-3, "%g", error);
    drop_guest(&g);
}

/* The plan's own points, a chunk each, with gradients. */
SFM_CASE(a_chunk_for_each_point)
{
    enum { N = 4000 };
    starfmm_options o = sfm_test_guest_options();
    starfmm_submit_options so;
    starfmm_plan *plan;
    static double p[N], grad[3 * N], expected[N], expected_grad[3 * N];
    double *x = sfm_test_points("cube", N, 1), *q = sfm_test_charges(N, 0, 1, 2);
    CHECK_OK(starfmm_runtime_start(2));
    o.gradient = o.deterministic = STARFMM_ON;
    o.group_size = 100000;
    CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    CHECK_OK(starfmm_evaluate(plan, 1, q, expected, expected_grad));
    starpu_data_handle_t *qh = register_each(q, N), *ph = register_each(p, N);
    starpu_data_handle_t *gh = malloc(N * sizeof *gh);
    for (size_t i = 0; i < N; i++)
        starpu_vector_data_register(&gh[i], STARPU_MAIN_RAM, (uintptr_t)(grad + 3 * i), 3,
                                    sizeof *grad);
    starfmm_submit_options_init(&so);
    so.gradients = (starfmm_chunks){N, gh};
    CHECK_OK(starfmm_plan_submit(plan, (starfmm_chunks){N, qh}, (starfmm_chunks){N, ph},
                                 &so, NULL));
    unregister_each(qh, N);
    unregister_each(ph, N);
    unregister_each(gh, N);
    CHECK(memcmp(p, expected, sizeof p) == 0);
    CHECK(memcmp(grad, expected_grad, sizeof grad) == 0);
    CHECK_OK(starfmm_plan_destroy(plan));
    free(x);
    free(q);
    starfmm_runtime_stop();
}

/* ---- handles that StarPU would not take ---------------------------------------------- */

static void refuses(const sfm_test_guest *g, starpu_data_handle_t q, starpu_data_handle_t p,
                    const char *words)
{
    starfmm_request *request = NULL;
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(g->plan, (starfmm_chunks){1, &q},
                                     (starfmm_chunks){1, &p}, NULL, &request));
    CHECK(request == NULL);
    CHECKF(strstr(starfmm_last_error(), words) != NULL, "'%s' has no '%s'",
           starfmm_last_error(), words);
}

static int right_result(sfm_test_guest *g)
{
    starpu_data_acquire(g->p_handle[0], STARPU_R);
    int right = memcmp(g->result, g->expected, g->n * sizeof *g->result) == 0;
    starpu_data_release(g->p_handle[0]);
    return right;
}

SFM_CASE(partitioned_parents)
{
    struct starpu_data_filter f = {.filter_func = starpu_vector_filter_block,
                                   .nchildren = 4};
    sfm_test_guest g;
    make_guest(&g, 2000);
    starpu_data_partition(g.q_handle[0], &f);
    refuses(&g, g.q_handle[0], g.p_handle[0], "charges: handle 0 is partitioned");
    starpu_data_handle_t child[4];
    for (unsigned i = 0; i < 4; i++) child[i] = starpu_data_get_child(g.q_handle[0], i);
    CHECK_OK(starfmm_plan_submit(g.plan, (starfmm_chunks){4, child},
                                 sfm_test_guest_potentials(&g), NULL, NULL));
    CHECK(right_result(&g));
    starpu_data_unpartition(g.q_handle[0], STARPU_MAIN_RAM);
    starpu_data_partition(g.p_handle[0], &f);
    refuses(&g, g.q_handle[0], g.p_handle[0], "potentials: handle 0 is partitioned");
    starpu_data_unpartition(g.p_handle[0], STARPU_MAIN_RAM);
    memset(g.result, 0, g.n * sizeof *g.result);
    CHECK_OK(sfm_test_guest_submit(&g, NULL, NULL));
    CHECK(right_result(&g));
    drop_guest(&g);
}

/* Of an asynchronous partition StarPU itself takes the parent or the children in turn. */
SFM_CASE(planned_partitions)
{
    struct starpu_data_filter f = {.filter_func = starpu_vector_filter_block,
                                   .nchildren = 4};
    starpu_data_handle_t child[4];
    sfm_test_guest g;
    make_guest(&g, 2000);
    starpu_data_partition_plan(g.q_handle[0], &f, child);
    for (int i = 0; i < 4; i++) {
        starfmm_chunks q = {i % 2 ? 1 : 4, i % 2 ? g.q_handle : child};
        starpu_data_acquire(g.p_handle[0], STARPU_W);
        memset(g.result, 0, g.n * sizeof *g.result);
        starpu_data_release(g.p_handle[0]);
        CHECK_OK(starfmm_plan_submit(g.plan, q, sfm_test_guest_potentials(&g), NULL, NULL));
        CHECKF(right_result(&g), "submission %d", i);
    }
    starpu_data_partition_clean(g.q_handle[0], 4, child);
    drop_guest(&g);
}

static void write_values(void *buffers[], void *arg)
{
    usleep(20000);
    memcpy((double *)STARPU_VECTOR_GET_PTR(buffers[0]), arg,
           STARPU_VECTOR_GET_NX(buffers[0]) * sizeof(double));
}

static struct starpu_codelet writer = {
    .cpu_funcs = {write_values}, .nbuffers = 1, .modes = {STARPU_W}, .name = "write"};

static void insert_writer(starpu_data_handle_t handle, double *values)
{
    struct starpu_task *task = starpu_task_create();
    task->cl = &writer;
    task->handles[0] = handle;
    task->cl_arg = values;
    task->cl_arg_size = sizeof *values;
    CHECK(starpu_task_submit(task) == 0);
}

/* What nobody has written cannot be read; what somebody is about to write can. */
SFM_CASE(handles_without_a_value)
{
    sfm_test_guest g;
    starpu_data_handle_t h;
    make_guest(&g, 2000);
    starpu_vector_data_register(&h, -1, 0, (uint32_t)g.n, sizeof(double));
    for (int i = 0; i < 2; i++)
        refuses(&g, h, g.p_handle[0], "charges: handle 0 has never been written");
    insert_writer(h, g.q);
    CHECK_OK(starfmm_plan_submit(g.plan, (starfmm_chunks){1, &h},
                                 sfm_test_guest_potentials(&g), NULL, NULL));
    CHECK(right_result(&g));
    starpu_data_invalidate(h);
    refuses(&g, h, g.p_handle[0], "never been written");
    insert_writer(h, g.q);
    starpu_task_wait_for_all();
    CHECK_OK(starfmm_plan_submit(g.plan, (starfmm_chunks){1, &h},
                                 sfm_test_guest_potentials(&g), NULL, NULL));
    CHECK(right_result(&g));
    starpu_data_unregister(h);
    drop_guest(&g);
}

SFM_MAIN()
