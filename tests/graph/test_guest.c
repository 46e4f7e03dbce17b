/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The library as a guest in a host's task graph: results through handles, no wait between host
 * and FMM tasks, requests that wait for their own tasks only, cancel, bad handles.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "starfmm_starpu.h"
#include "tests/support/errors.h"
#include "tests/support/guest.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

/* ---- host tasks ------------------------------------------------------------ */

typedef struct host_task {
    double seconds;    /* how long it takes */
    double start, end; /* when it ran, sfm_now() */
    atomic_int done;
    const double *from; /* what a producer writes */
    double sum;         /* what a consumer saw */
} host_task;

static void pass_time(double seconds)
{
    double end = sfm_now() + seconds;
    while (sfm_now() < end) {}
}

static void produce(void *buffers[], void *arg)
{
    host_task *t = arg;
    double *to = (double *)STARPU_VECTOR_GET_PTR(buffers[0]);
    t->start = sfm_now();
    pass_time(t->seconds);
    memcpy(to, t->from, STARPU_VECTOR_GET_NX(buffers[0]) * sizeof *to);
    t->end = sfm_now();
}

static void consume(void *buffers[], void *arg)
{
    host_task *t = arg;
    const double *from = (const double *)STARPU_VECTOR_GET_PTR(buffers[0]);
    t->start = sfm_now();
    for (size_t i = 0; i < STARPU_VECTOR_GET_NX(buffers[0]); i++) t->sum += from[i];
    t->end = sfm_now();
}

static void sleep_long(void *buffers[], void *arg)
{
    (void)buffers;
    host_task *t = arg;
    t->start = sfm_now();
    usleep((useconds_t)(1e6 * t->seconds));
    atomic_store(&t->done, 1);
    t->end = sfm_now();
}

static struct starpu_codelet producer = {
    .cpu_funcs = {produce}, .nbuffers = 1, .modes = {STARPU_W}, .name = "produce"};
static struct starpu_codelet consumer = {
    .cpu_funcs = {consume}, .nbuffers = 1, .modes = {STARPU_R}, .name = "consume"};
static struct starpu_codelet sleeper = {.cpu_funcs = {sleep_long}, .name = "sleep"};

static void insert(struct starpu_codelet *cl, starpu_data_handle_t handle, host_task *t)
{
    struct starpu_task *task = starpu_task_create();
    task->cl = cl;
    if (handle) task->handles[0] = handle;
    task->cl_arg = t;
    task->cl_arg_size = sizeof *t;
    CHECK(starpu_task_submit(task) == 0);
}

/* The shares of charge that end in [0, 1): sums of the expected potentials by chunk. */
static double expected_sum(const sfm_test_guest *s, size_t c)
{
    double sum = 0;
    for (size_t i = c * s->n / s->n_chunks; i < (c + 1) * s->n / s->n_chunks; i++)
        sum += s->expected[i];
    return sum;
}

/* Host producers, FMM, host consumers: no wait anywhere in between.  From the record: FMM
 * tasks began before the last producer had ended, consumers before the last FMM task had. */
SFM_CASE(no_wait_between_host_and_fmm)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest s;
    host_task in[8] = {{0}}, out[8] = {{0}};
    starfmm_request *request;
    o.group_size = 16; /* many tasks to run between */
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 40000, 8, &o, 1);
    for (size_t c = 0; c < 8; c++) {
        in[c].seconds = 0.04;
        in[c].from = s.q + c * s.n / 8;
        insert(&producer, s.q_handle[c], &in[c]);
    }
    double origin = sfm_now();
    CHECK_OK(sfm_test_guest_submit(&s, NULL, &request));
    for (size_t c = 0; c < 8; c++) insert(&consumer, s.p_handle[c], &out[c]);
    CHECK_OK(starfmm_request_wait(request));
    starpu_task_wait_for_all();
    double last_in = 0, first_out = 1e300, first_fmm = 1e300, last_fmm = 0;
    for (size_t c = 0; c < 8; c++) {
        double sum = expected_sum(&s, c);
        CHECKF(fabs(out[c].sum - sum) < 1e-3 * fabs(sum) + 1e-2, "chunk %zu: %g, not %g", c,
               out[c].sum, sum);
        last_in = fmax(last_in, in[c].end);
        first_out = fmin(first_out, out[c].start);
    }
    size_t n;
    CHECK_OK(starfmm_plan_get_timeline(s.plan, 0, NULL, &n));
    starfmm_task_record *t = malloc(n * sizeof *t);
    CHECK_OK(starfmm_plan_get_timeline(s.plan, n, t, &n));
    for (size_t i = 0; i < n; i++) {
        first_fmm = fmin(first_fmm, origin + t[i].start);
        last_fmm = fmax(last_fmm, origin + t[i].end);
    }
    printf("first FMM task %.3f s before the last producer's end, first consumer %.3f s "
           "before "
           "the last FMM task's end\n",
           last_in - first_fmm, last_fmm - first_out);
    CHECK(first_fmm < last_in);
    CHECK(first_out < last_fmm);
    free(t);
    starfmm_request_free(request);
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

/* Chunks that are whole, many, in random order of points, lazily allocated or not. */
SFM_CASE(results_through_handles)
{
    const size_t n_chunks[] = {1, 3, 16};
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 3; k++) {
        sfm_test_guest s;
        sfm_test_guest_make(&s, 5000, n_chunks[k], &o, 0);
        memcpy(s.charges, s.q, s.n * sizeof *s.q);
        CHECK_OK(sfm_test_guest_submit(&s, NULL, NULL));
        sfm_test_guest_unregister(&s);
        CHECKF(memcmp(s.result, s.expected, s.n * sizeof *s.q) == 0, "%zu chunks",
               n_chunks[k]);
        sfm_test_guest_free(&s);
    }
    starfmm_runtime_stop();
}

/* Matrices of several right-hand sides, with gradients, against the direct sum. */
SFM_CASE(matrices_and_gradients)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_problem p;
    starfmm_plan *plan;
    starpu_data_handle_t q, phi, grad;
    starfmm_submit_options so;
    o.gradient = STARFMM_ON;
    sfm_test_problem_make(&p, &o, "sphere", 3000, 1000, 3, 0, 1000, 5);
    double *values = calloc(4 * 3 * 1000, sizeof *values), *gradients = values + 3 * 1000;
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, 3000, p.sources, 1000, p.targets));
    starpu_matrix_data_register(&q, STARPU_MAIN_RAM, (uintptr_t)p.charges, 3, 3, 3000,
                                sizeof(double));
    starpu_matrix_data_register(&phi, STARPU_MAIN_RAM, (uintptr_t)values, 3, 3, 1000,
                                sizeof(double));
    starpu_matrix_data_register(&grad, STARPU_MAIN_RAM, (uintptr_t)gradients, 9, 9, 1000,
                                sizeof(double));
    CHECK_OK(starfmm_submit_options_init(&so));
    so.n_rhs = 3;
    so.gradients = (starfmm_chunks){1, &grad};
    CHECK_OK(starfmm_plan_submit(plan, (starfmm_chunks){1, &q}, (starfmm_chunks){1, &phi},
                                 &so, NULL));
    starpu_data_unregister(q);
    starpu_data_unregister(phi);
    starpu_data_unregister(grad);
    double error = sfm_test_distance(3000, values, p.potentials);
    double gradient_error = sfm_test_distance(9000, gradients, p.gradients);
    CHECKF(error < 1e-4, "%g", error);
    CHECKF(gradient_error < 1e-3, "%g", gradient_error);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    sfm_test_problem_free(&p);
    free(values);
}

/* A wait returns while a long task of the host still runs. */
SFM_CASE(waits_for_its_own_tasks_only)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest s;
    host_task lengthy = {.seconds = 1.5};
    starfmm_request *request;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 3000, 1, &o, 0);
    insert(&sleeper, NULL, &lengthy);
    CHECK_OK(sfm_test_guest_submit(&s, NULL, &request));
    CHECK_OK(starfmm_request_wait(request));
    CHECK(!atomic_load(&lengthy.done));
    starfmm_request_free(request);
    starpu_task_wait_for_all();
    CHECK(atomic_load(&lengthy.done));
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

typedef struct user {
    sfm_test_guest s;
    pthread_barrier_t *together;
    double first, last;
} user;

static void *submit_and_wait(void *arg)
{
    user *u = arg;
    starfmm_request *request;
    size_t n;
    memcpy(u->s.charges, u->s.q, u->s.n * sizeof *u->s.q);
    pthread_barrier_wait(u->together);
    double origin = sfm_now();
    CHECK_OK(sfm_test_guest_submit(&u->s, NULL, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    CHECK_OK(starfmm_plan_get_timeline(u->s.plan, 0, NULL, &n));
    starfmm_task_record *t = malloc(n * sizeof *t);
    CHECK_OK(starfmm_plan_get_timeline(u->s.plan, n, t, &n));
    u->first = 1e300;
    for (size_t i = 0; i < n; i++) {
        u->first = fmin(u->first, origin + t[i].start);
        u->last = fmax(u->last, origin + t[i].end);
    }
    free(t);
    return NULL;
}

SFM_CASE(two_threads_two_plans_overlap)
{
    starfmm_options o = sfm_test_guest_options();
    user u[2] = {{.first = 0}, {.first = 0}};
    pthread_t thread[2];
    pthread_barrier_t together;
    pthread_barrier_init(&together, NULL, 2);
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        sfm_test_guest_make(&u[k].s, 30000, 1, &o, 0);
        u[k].together = &together;
    }
    for (int k = 0; k < 2; k++) pthread_create(&thread[k], NULL, submit_and_wait, &u[k]);
    for (int k = 0; k < 2; k++) pthread_join(thread[k], NULL);
    printf("requests ran %.3f ... %.3f and %.3f ... %.3f s\n", 0.0, u[0].last - u[0].first,
           u[1].first - u[0].first, u[1].last - u[0].first);
    CHECK(u[0].first < u[1].last && u[1].first < u[0].last);
    for (int k = 0; k < 2; k++) sfm_test_guest_free(&u[k].s);
    pthread_barrier_destroy(&together);
    starfmm_runtime_stop();
}

/* Five submissions at once on one plan, each on handles of its own. */
SFM_CASE(many_in_flight_on_one_plan)
{
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    sfm_test_guest s;
    starfmm_request *request[5];
    starpu_data_handle_t q[5], phi[5];
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 5000, 1, &o, 0);
    double *in = malloc(5 * s.n * sizeof *in), *out = calloc(5 * s.n, sizeof *out);
    for (size_t k = 0; k < 5; k++) {
        for (size_t i = 0; i < s.n; i++) in[k * s.n + i] = ldexp(s.q[i], (int)k);
        starpu_vector_data_register(&q[k], STARPU_MAIN_RAM, (uintptr_t)(in + k * s.n),
                                    (uint32_t)s.n, sizeof *in);
        starpu_vector_data_register(&phi[k], STARPU_MAIN_RAM, (uintptr_t)(out + k * s.n),
                                    (uint32_t)s.n, sizeof *out);
        CHECK_OK(starfmm_plan_submit(s.plan, (starfmm_chunks){1, &q[k]},
                                     (starfmm_chunks){1, &phi[k]}, NULL, &request[k]));
    }
    CHECK_STATUS(STARFMM_EBUSY, starfmm_plan_destroy(s.plan));
    for (size_t k = 0; k < 5; k++) {
        CHECK_OK(starfmm_request_wait(request[k]));
        starfmm_request_free(request[k]);
        starpu_data_unregister(q[k]);
        starpu_data_unregister(phi[k]);
        /* Powers of two scale without rounding. */
        for (size_t i = 0; i < s.n; i++)
            if (out[k * s.n + i] != ldexp(s.expected[i], (int)k)) {
                CHECKF(0, "request %zu, target %zu: %g", k, i, out[k * s.n + i]);
                break;
            }
    }
    free(in);
    free(out);
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

static void note_end(starfmm_request *request, starfmm_status status, void *payload)
{
    int ended = 0;
    CHECK_OK(starfmm_request_test(request, &ended));
    CHECK(ended);
    /* Waiting for another thing is refused here. */
    CHECK_STATUS(STARFMM_EBUSY, starfmm_evaluate(payload, 1, "", "", NULL));
    (void)status;
}

static size_t n_progress, last_done, last_total;

static int count_progress(size_t done, size_t total, void *payload)
{
    (void)payload;
    __atomic_add_fetch(&n_progress, 1, __ATOMIC_SEQ_CST);
    if (done > last_done) last_done = done;
    last_total = total;
    return 0;
}

SFM_CASE(callback_progress_and_tag)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_submit_options so;
    starfmm_request *request;
    sfm_test_guest s;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 5000, 1, &o, 0);
    CHECK_OK(starfmm_submit_options_init(&so));
    so.callback = note_end;
    so.payload = s.plan;
    so.progress = count_progress;
    so.use_end_tag = 1;
    so.end_tag = 0x5f3a;
    so.name = "pressure";
    CHECK_OK(sfm_test_guest_submit(&s, &so, &request));
    CHECK(starpu_tag_wait(0x5f3a) == 0);
    CHECK_OK(starfmm_request_wait(request));
    CHECK_OK(starfmm_request_status(request));
    CHECKF(n_progress > 10 && last_done == last_total, "%zu calls, %zu of %zu", n_progress,
           last_done, last_total);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_request_cancel(request));
    starfmm_request_free(request);
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

static int stop_at_once(size_t done, size_t total, void *payload)
{
    (void)done;
    (void)total;
    (void)payload;
    return 1;
}

/* Cancels while StarPU is paused, when the evaluation has been submitted and has not begun. */
static void *cancel_plan(void *plan)
{
    const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
    nanosleep(&tenth, NULL);
    CHECK_OK(starfmm_plan_cancel(plan));
    starpu_resume();
    return NULL;
}

/* A cancelled request ends with its status, and the next evaluation is right. */
SFM_CASE(cancel)
{
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    sfm_test_guest s;
    starfmm_request *request;
    host_task in = {.seconds = 0.2};
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 5000, 1, &o, 0);
    in.from = s.q;
    for (int repeat = 0; repeat < 3; repeat++) {
        /* The producer holds the request back until it is cancelled. */
        insert(&producer, s.q_handle[0], &in);
        CHECK_OK(sfm_test_guest_submit(&s, NULL, &request));
        CHECK_STATUS(STARFMM_EBUSY, starfmm_request_status(request));
        CHECK_OK(starfmm_request_cancel(request));
        CHECK_STATUS(STARFMM_ECANCELLED, starfmm_request_wait(request));
        CHECK(strstr(starfmm_request_message(request), "cancel") != NULL);
        starfmm_request_free(request);
        CHECK_OK(starfmm_plan_set_progress(s.plan, stop_at_once, NULL));
        CHECK_STATUS(STARFMM_ECANCELLED, starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
        CHECK_OK(starfmm_plan_set_progress(s.plan, NULL, NULL));
        pthread_t other;
        starpu_pause();
        CHECK(pthread_create(&other, NULL, cancel_plan, s.plan) == 0);
        CHECK_STATUS(STARFMM_ECANCELLED, starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
        CHECK(pthread_join(other, NULL) == 0);
        CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
        CHECK(memcmp(s.result, s.expected, s.n * sizeof *s.q) == 0);
    }
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

/* A charge that is not finite fails its own request; others and the host's tasks go on. */
SFM_CASE(a_failing_request_stays_alone)
{
    starfmm_options o = sfm_test_guest_options();
    o.deterministic = STARFMM_ON;
    sfm_test_guest s, other;
    starfmm_request *bad, *good;
    host_task out = {0};
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 4000, 1, &o, 0);
    sfm_test_guest_make(&other, 4000, 1, &o, 0);
    memcpy(s.charges, s.q, s.n * sizeof *s.q);
    memcpy(other.charges, other.q, s.n * sizeof *s.q);
    s.charges[77] = NAN;
    CHECK_OK(sfm_test_guest_submit(&s, NULL, &bad));
    CHECK_OK(sfm_test_guest_submit(&other, NULL, &good));
    insert(&consumer, other.p_handle[0], &out);
    CHECK_STATUS(STARFMM_ENONFINITE, starfmm_request_wait(bad));
    CHECK(strstr(starfmm_last_error(), "77") != NULL);
    CHECK_OK(starfmm_request_wait(good));
    starpu_task_wait_for_all();
    CHECK(out.end > 0);
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
    CHECK(memcmp(s.result, s.expected, s.n * sizeof *s.q) == 0);
    starfmm_request_free(bad);
    starfmm_request_free(good);
    sfm_test_guest_free(&s);
    sfm_test_guest_free(&other);
    starfmm_runtime_stop();
}

/* Submit options of an older header lack the last fields, which are automatic then. */
SFM_CASE(sizes_of_options)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest s;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 500, 1, &o, 0);
    for (size_t size = 0; size <= sizeof(starfmm_submit_options) + 1; size++) {
        starfmm_submit_options so;
        starfmm_request *request = NULL;
        memset(&so, 0xa5, sizeof so);
        if (size == sizeof so) starfmm_submit_options_init(&so);
        so.size = size;
        so.n_rhs = 1;
        if (size < offsetof(starfmm_submit_options, gradients) || size > sizeof so) {
            CHECK_STATUS(STARFMM_EINVAL, sfm_test_guest_submit(&s, &so, &request));
            CHECK(strstr(starfmm_last_error(), "starfmm_submit_options.size") != NULL);
            continue;
        }
        /* Whole fields only: half a pointer is none. */
        if (size != offsetof(starfmm_submit_options, gradients) && size != sizeof so)
            continue;
        CHECK_OK(sfm_test_guest_submit(&s, &so, &request));
        CHECK_OK(starfmm_request_wait(request));
        starfmm_request_free(request);
    }
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

SFM_CASE(bad_handles)
{
    starfmm_options o = sfm_test_guest_options();
    sfm_test_guest s;
    starfmm_request *request;
    starpu_data_handle_t handle;
    float single[4000];
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(NULL, (starfmm_chunks){0, NULL},
                                     (starfmm_chunks){0, NULL}, NULL, NULL));
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_guest_make(&s, 4000, 2, &o, 0);
    starfmm_chunks q = sfm_test_guest_charges(&s), phi = sfm_test_guest_potentials(&s);
    /* Half of the rows. */
    CHECK_STATUS(
        STARFMM_EINVAL,
        starfmm_plan_submit(s.plan, (starfmm_chunks){1, s.q_handle}, phi, NULL, NULL));
    CHECK(strstr(starfmm_last_error(), "2000") != NULL);
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(s.plan, q, (starfmm_chunks){0, NULL}, NULL, &request));
    CHECK(request == NULL);
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_submit(s.plan, (starfmm_chunks){2, NULL}, phi, NULL, NULL));
    /* Elements of another size; another kind of data. */
    starpu_vector_data_register(&handle, STARPU_MAIN_RAM, (uintptr_t)single, 4000,
                                sizeof(float));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_submit(s.plan, (starfmm_chunks){1, &handle},
                                                     phi, NULL, NULL));
    CHECK(strstr(starfmm_last_error(), "4 bytes") != NULL);
    starpu_data_unregister(handle);
    starpu_variable_data_register(&handle, STARPU_MAIN_RAM, (uintptr_t)single,
                                  sizeof(double));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_submit(s.plan, (starfmm_chunks){1, &handle},
                                                     phi, NULL, NULL));
    starpu_data_unregister(handle);
    /* Nothing was submitted, and the plan still works. */
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
    CHECK_OK(starfmm_plan_release(s.plan));
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, s.result, NULL));
    CHECK(sfm_test_distance(s.n, s.result, s.expected) < 1e-12);
    sfm_test_guest_free(&s);
    starfmm_runtime_stop();
}

/* Twenty steps of moved points equal twenty fresh plans. */
SFM_CASE(moved_points)
{
    starfmm_kernel kernels[] = {STARFMM_LAPLACE, STARFMM_YUKAWA};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        starfmm_options o = sfm_test_guest_options();
        o.kernel = kernels[k];
        o.params[0] = k ? 3.0 : 0.0;
        size_t n = 4000;
        starfmm_plan *plan, *fresh;
        double *x = sfm_test_points("plummer", n, 5), *q = sfm_test_charges(n, 0, 1, 6);
        double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
        uint64_t seed = 9;
        CHECK_OK(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
        for (int step = 0; step < (SFM_SANITIZED ? 8 : 20); step++) {
            /* Small moves; now and then far out of the root cube. */
            double far = step % 7 == 6 ? 3 : 1;
            for (size_t i = 0; i < 3 * n; i++)
                x[i] = far * (x[i] + 0.01 * (sfm_test_uniform(&seed) - 0.5));
            CHECK_OK(starfmm_plan_move(plan, n, x, 0, NULL));
            CHECK_OK(starfmm_evaluate(plan, 1, q, a, NULL));
            CHECK_OK(starfmm_plan_create(&fresh, &o, n, x, 0, NULL));
            CHECK_OK(starfmm_evaluate(fresh, 1, q, b, NULL));
            CHECK_OK(starfmm_plan_destroy(fresh));
            double d = sfm_test_distance(n, a, b);
            CHECKF(d < 1e-4, "kernel %d step %d: %g", k, step, d);
        }
        CHECK_OK(starfmm_plan_destroy(plan));
        free(x);
        free(q);
        free(a);
        free(b);
    }
    starfmm_runtime_stop();
}

SFM_MAIN()
