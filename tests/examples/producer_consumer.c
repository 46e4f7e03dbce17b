/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An FMM in the middle of a task graph: tasks of the host produce the charges chunk by
 * chunk, the FMM's tasks turn them into potentials, and tasks of the host consume these
 * chunk by chunk.  Nothing waits until all is submitted; StarPU orders the tasks by their
 * data.  Where the points of a chunk lie together, as here, the three stages overlap.
 *
 *   cc -std=c11 -D_GNU_SOURCE producer_consumer.c -o producer_consumer \
 *      $(pkg-config --cflags --libs starfmm starpu-1.3) -lm
 */
#include <math.h>
#include <starfmm_starpu.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNKS = 16, ROWS = 1000, N = CHUNKS * ROWS };

static double x[N][3], q[N], phi[N];
static double energy[CHUNKS]; /* what the consumers compute */
static double produced[CHUNKS],
    consuming[CHUNKS]; /* end of a producer, start of a consumer */

static void check(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "starfmm: %s\n", starfmm_last_error());
    exit(1);
}

static double now(void)
{
    return starpu_timing_now() * 1e-6;
} /* seconds */

/* ---- the host's own tasks -------------------------------------------------------- */

/* Charges of a chunk: the end of some longer computation. */
static void produce(void *buffers[], void *argument)
{
    double *charges = (double *)STARPU_VECTOR_GET_PTR(buffers[0]), begin = now();
    int c;
    starpu_codelet_unpack_args(argument, &c);
    while (now() < begin + 0.01) continue;
    for (int i = 0; i < ROWS; i++) charges[i] = 1 + sin(c * ROWS + i);
    produced[c] = now();
}

static void consume(void *buffers[], void *argument)
{
    const double *charges = (const double *)STARPU_VECTOR_GET_PTR(buffers[0]);
    const double *potentials = (const double *)STARPU_VECTOR_GET_PTR(buffers[1]);
    int c;
    starpu_codelet_unpack_args(argument, &c);
    consuming[c] = now();
    energy[c] = 0;
    for (int i = 0; i < ROWS; i++) energy[c] += 0.5 * charges[i] * potentials[i];
}

static struct starpu_codelet producer = {
    .cpu_funcs = {produce}, .nbuffers = 1, .modes = {STARPU_W}, .name = "produce"};
static struct starpu_codelet consumer = {.cpu_funcs = {consume},
                                         .nbuffers = 2,
                                         .modes = {STARPU_R, STARPU_R},
                                         .name = "consume"};

/* ---- what overlapped ------------------------------------------------------------- */

/* Times of the record are relative to the first submission of the FMM, which returned at
 * `submitted`. */
static void report(const starfmm_plan *plan, double submitted)
{
    static starfmm_task_record record[100000];
    starfmm_profile profile = {.size = sizeof profile};
    double first = INFINITY, last = 0, last_produced = 0;
    size_t n;
    int early = 0;
    check(starfmm_plan_get_profile(plan, &profile));
    check(starfmm_plan_get_timeline(plan, 100000, record, &n));
    for (size_t i = 0; i < n && i < 100000; i++) {
        first = fmin(first, record[i].start);
        last = fmax(last, record[i].end);
    }
    double begin = submitted - profile.submit_seconds;
    for (int c = 0; c < CHUNKS; c++) {
        last_produced = fmax(last_produced, produced[c]);
        early += consuming[c] < begin + last;
    }
    printf("the first of %zu FMM tasks began %.1f ms %s the last producer ended\n", n,
           1e3 * fabs(last_produced - begin - first),
           begin + first < last_produced ? "before" : "after");
    printf("%d of %d consumers began before the last FMM task ended\n", early, CHUNKS);
}

/* The energy of one chunk by brute force. */
static double direct_energy(const starfmm_options *options, int c)
{
    static size_t rows[ROWS];
    static double exact[ROWS];
    double sum = 0;
    for (int i = 0; i < ROWS; i++) rows[i] = (size_t)(c * ROWS + i);
    check(starfmm_direct(options, N, x[0], 0, NULL, 1, q, ROWS, rows, exact, NULL));
    for (int i = 0; i < ROWS; i++) sum += 0.5 * q[rows[i]] * exact[i];
    return sum;
}

int main(void)
{
    /* A bar of slabs, a chunk each. */
    for (int i = 0; i < N; i++) {
        x[i][0] = i / ROWS + rand() / (double)RAND_MAX;
        x[i][1] = 4 * (rand() / (double)RAND_MAX);
        x[i][2] = 4 * (rand() / (double)RAND_MAX);
    }
    if (starpu_init(NULL) != 0) return 1;

    starfmm_options options;
    starfmm_plan *plan;
    check(starfmm_options_init(&options));
    options.n_crit = 60;
    options.group_size = 8; /* small tasks: a chunk is done when a few of them are */
    check(starfmm_plan_create(&plan, &options, N, x[0], 0, NULL));

    /* The charges are one vector in parts, the potentials one vector per chunk: both will
     * do. */
    starpu_data_handle_t charges, charge[CHUNKS], potential[CHUNKS];
    struct starpu_data_filter split = {.filter_func = starpu_vector_filter_block,
                                       .nchildren = CHUNKS};
    starpu_vector_data_register(&charges, STARPU_MAIN_RAM, (uintptr_t)q, N, sizeof *q);
    starpu_data_partition_plan(charges, &split, charge);
    starpu_data_partition_submit(charges, CHUNKS, charge);
    for (int c = 0; c < CHUNKS; c++)
        starpu_vector_data_register(&potential[c], STARPU_MAIN_RAM,
                                    (uintptr_t)&phi[c * ROWS], ROWS, sizeof *phi);

    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&producer, STARPU_W, charge[c], STARPU_VALUE, &c, sizeof c, 0);
    starfmm_request *request;
    check(starfmm_plan_submit(plan, (starfmm_chunks){CHUNKS, charge},
                              (starfmm_chunks){CHUNKS, potential}, NULL, &request));
    double submitted = now();
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&consumer, STARPU_R, charge[c], STARPU_R, potential[c],
                           STARPU_VALUE, &c, sizeof c, STARPU_PRIORITY, STARPU_MAX_PRIO, 0);

    starpu_task_wait_for_all(); /* the host's end; the library never does this */
    check(starfmm_request_wait(request));
    starfmm_request_free(request);
    report(plan, submitted);

    for (int c = 0; c < CHUNKS; c++) starpu_data_unregister(potential[c]);
    starpu_data_unpartition_submit(charges, CHUNKS, charge, STARPU_MAIN_RAM);
    starpu_data_partition_clean(charges, CHUNKS, charge);
    starpu_data_unregister(charges);
    check(starfmm_plan_destroy(plan));
    starpu_shutdown();

    double exact = direct_energy(&options, CHUNKS / 2);
    double error = fabs(energy[CHUNKS / 2] - exact) / exact;
    printf("relative error of a consumer's result: %.1e\n", error);
    return error < 1e-6 ? 0 : 1;
}
