/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that keeps its arrays in the order of the plan's tree: a chunk is then compact in
 * space, so that it is complete, and its consumer begins, while other parts of the evaluation
 * are still under way.  (With chunks of points from everywhere every consumer would wait for
 * the last task.)  The results are added to what the host has computed before.
 *
 *   cc -std=c11 -D_GNU_SOURCE tree_order.c -o tree_order \
 *      $(pkg-config --cflags --libs starfmm starpu-1.3) -lm
 *   ./tree_order [POINTS]
 */
#include <math.h>
#include <starfmm_starpu.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNKS = 16 };

static double consuming[CHUNKS]; /* when a consumer began, seconds */

static void check(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "starfmm: %s\n", starfmm_last_error());
    exit(1);
}

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (p == NULL) exit(1);
    return p;
}

static void consume(void *buffers[], void *argument)
{
    int c;
    (void)buffers;
    starpu_codelet_unpack_args(argument, &c);
    consuming[c] = starpu_timing_now() * 1e-6;
}

static struct starpu_codelet consumer = {
    .cpu_funcs = {consume}, .nbuffers = 1, .modes = {STARPU_R}, .name = "consume"};

/* Chunks of equal length, but for the last. */
static void register_chunks(starpu_data_handle_t *handle, double *array, size_t n)
{
    for (size_t c = 0; c < CHUNKS; c++) {
        size_t begin = c * n / CHUNKS, end = (c + 1) * n / CHUNKS;
        starpu_vector_data_register(&handle[c], STARPU_MAIN_RAM, (uintptr_t)(array + begin),
                                    (uint32_t)(end - begin), sizeof *array);
    }
}

/* When the first consumer began, as a share of the evaluation's time; -1: after it. */
static double first_consumer(const starfmm_plan *plan, double submitted)
{
    starfmm_profile profile = {.size = sizeof profile};
    size_t n;
    double last = 0, first = INFINITY;
    check(starfmm_plan_get_profile(plan, &profile));
    check(starfmm_plan_get_timeline(plan, 0, NULL, &n));
    starfmm_task_record *record = allocate(n, sizeof *record);
    check(starfmm_plan_get_timeline(plan, n, record, &n));
    for (size_t i = 0; i < n; i++) last = fmax(last, record[i].end);
    for (int c = 0; c < CHUNKS; c++) first = fmin(first, consuming[c]);
    free(record);
    first -= submitted - profile.submit_seconds;
    return first < last ? first / last : -1;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? (size_t)atof(argv[1]) : 20000;
    double *x = allocate(3 * n, sizeof *x), *charge = allocate(n, sizeof *charge);
    double *potential = allocate(n, sizeof *potential), *usual = allocate(n, sizeof *usual);
    size_t *row = allocate(n, sizeof *row);
    for (size_t i = 0; i < 3 * n; i++) x[i] = rand() / (double)RAND_MAX;
    if (starpu_init(NULL) != 0) return 1;
    starfmm_options options;
    starfmm_plan *plan;
    check(starfmm_options_init(&options));
    if (n < 100000) options.n_crit = 60, options.group_size = 8;
    options.deterministic = STARFMM_ON; /* so that both orders give the same bits */
    check(starfmm_plan_create(&plan, &options, n, x, 0, NULL));

    /* In the points' own order, to compare with. */
    for (size_t i = 0; i < n; i++) charge[i] = 1 + sin((double)i);
    check(starfmm_evaluate(plan, 1, charge, usual, NULL));

    /* The host takes the tree's order once and keeps it. */
    check(starfmm_plan_get_order(plan, row, NULL, NULL, NULL));
    for (size_t i = 0; i < n; i++) charge[i] = 1 + sin((double)row[i]);
    for (size_t i = 0; i < n; i++) potential[i] = 2; /* what it has of its own */

    starpu_data_handle_t charges[CHUNKS], potentials[CHUNKS];
    register_chunks(charges, charge, n);
    register_chunks(potentials, potential, n);
    starfmm_submit_options how;
    check(starfmm_submit_options_init(&how));
    how.flags = STARFMM_TREE_ORDER | STARFMM_ACCUMULATE;
    check(starfmm_plan_submit(plan, (starfmm_chunks){CHUNKS, charges},
                              (starfmm_chunks){CHUNKS, potentials}, &how, NULL));
    double submitted = starpu_timing_now() * 1e-6;
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&consumer, STARPU_R, potentials[c], STARPU_VALUE, &c, sizeof c,
                           0);
    starpu_task_wait_for_all();
    double share = first_consumer(plan, submitted);
    for (int c = 0; c < CHUNKS; c++) {
        starpu_data_unregister(charges[c]);
        starpu_data_unregister(potentials[c]);
    }
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(potential[i] - (2 + usual[row[i]])));
    printf("the first consumer began %s %.0f %% of the evaluation\n",
           share < 0 ? "after" : "at", share < 0 ? 100 : 100 * share);
    printf("largest difference to the usual order: %g\n", worst);
    check(starfmm_plan_destroy(plan));
    starpu_shutdown();
    free(x), free(charge), free(potential), free(usual), free(row);
    return worst != 0;
}
