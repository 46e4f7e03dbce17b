/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Speed of the Fourier M2L, single-threaded, as CSV with the columns of `header`.
 *
 *     bench_m2l_<f64|f32> [order [instruction set]]
 *
 * One group of targets of a uniform box, of a spherical surface, and of a box with every
 * second child missing.  "apply" is the whole operator, lists and transform back included,
 * in useful GFlop/s (m2l.h), and over the rate of a 512^3 matrix product just before; the
 * transforms are in microseconds per node, creation of the table in milliseconds.
 */
#include "bench.h"
#include "operators/dft/dft.h"
#include "operators/m2l/m2l.h"
#include "operators/m2l/m2l_method.h"
#include "operators/surface.h"
#include "tests/support/m2l_works.h"

static const char header[] = "set,precision,isa,order,n_rhs,nodes,pairs_per_node,create_ms,"
                             "forward_us,inverse_us,apply_us,apply_gflops,of_gemm";

#define N_REPEATS 5

static const double sphere_radius = 16; /* in children */
static const uint64_t half_seed = 1;

static const struct {
    const char *name;
    work_shape shape;
} sets[] = {
    {"uniform", {{8, 8, 8}, 4, work_everywhere, work_everywhere, NULL}},
    {"sphere", {{16, 16, 16}, 4, work_sphere, work_sphere, &sphere_radius}},
    {"half", {{8, 8, 8}, 4, work_half, work_half, &half_seed}},
};

typedef struct bench {
    SFM(m2l) * m2l;
    sfm_m2l_work work;
    size_t n_rhs;
    sfm_isa isa;
    real **f;
    double create, forward, inverse, apply; /* seconds; the transforms per node */
} bench;

static void time_transform(bench *b, int32_t slot)
{
    const SFM(m2l_method) *method = b->m2l->method;
    size_t rows = (size_t)b->work.slot_nodes[slot] * b->n_rhs;
    real *m = bench_allocate(rows * (size_t)b->m2l->n_e, sizeof *m);
    void *scratch = bench_allocate(1, method->transform_scratch(b->m2l, rows));
    double best = 0;
    for (int i = 0; i < N_REPEATS; i++) {
        double begin = bench_now();
        method->transform(b->m2l, rows, m, b->f[slot], scratch);
        best = bench_least(best, begin);
    }
    b->forward = best / (double)rows;
    sfm_free(scratch);
    sfm_free(m);
}

/* Of the transformed rows of one slot. */
static void time_inverse(bench *b, int32_t slot)
{
    SFM(dft) dft;
    size_t rows = (size_t)b->work.slot_nodes[slot] * b->n_rhs, n_e = (size_t)b->m2l->n_e;
    if (SFM(dft_create)(&dft, b->m2l->order, b->isa) != STARFMM_OK) exit(1);
    real *y = bench_allocate(rows * n_e, sizeof *y),
         **row = bench_allocate(rows, sizeof *row);
    void *scratch = bench_allocate(1, SFM(dft_scratch)(&dft));
    for (size_t i = 0; i < rows; i++) row[i] = y + i * n_e;
    double best = 0;
    for (int i = 0; i < N_REPEATS; i++) {
        double begin = bench_now();
        dft.code->inverse(&dft, rows, b->f[slot], row, scratch);
        best = bench_least(best, begin);
    }
    b->inverse = best / (double)rows;
    sfm_free(scratch);
    sfm_free(row);
    sfm_free(y);
    SFM(dft_free)(&dft);
}

static void time_apply(bench *b)
{
    const SFM(m2l_method) *method = b->m2l->method;
    size_t rows = (size_t)b->work.n_trg * b->n_rhs;
    real *check = bench_allocate(rows * (size_t)b->m2l->n_e, sizeof *check);
    void *scratch = bench_allocate(1, method->apply_scratch(b->m2l, &b->work, b->n_rhs));
    for (int i = 0; i < N_REPEATS; i++) {
        double begin = bench_now();
        method->apply(b->m2l, &b->work, b->n_rhs, (const real *const *)b->f, check,
                      scratch);
        b->apply = bench_least(b->apply, begin);
    }
    sfm_free(scratch);
    sfm_free(check);
}

static void run(int set, int order, size_t n_rhs, sfm_isa isa)
{
    bench b = {.n_rhs = n_rhs, .isa = isa};
    const double params[STARFMM_MAX_PARAMS] = {0};
    const sfm_block_kernel kernel =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, params);
    double begin = bench_now();
    if (SFM(m2l_fourier_create)(&b.m2l, &kernel, order, SFM_INNER_FORM.alpha, isa) !=
        STARFMM_OK)
        exit(1);
    b.create = bench_now() - begin;
    const sfm_settings settings = {.precision =
                                       SFM_PRECISION == 64 ? STARFMM_DOUBLE : STARFMM_FLOAT,
                                   .order = order,
                                   .m2l = STARFMM_M2L_FOURIER};
    work_build(&b.work, &sets[set].shape);
    b.f = bench_allocate((size_t)b.work.n_slots, sizeof *b.f);
    for (int32_t i = 0; i < b.work.n_slots; i++) {
        size_t rows = (size_t)b.work.slot_nodes[i] * n_rhs;
        b.f[i] = bench_allocate(sfm_m2l_source_reals(&settings, rows), sizeof *b.f[i]);
        time_transform(&b, i);
    }
    time_inverse(&b, 0);
    time_apply(&b);
    const double gemm = bench_gemm_rate(), rows = (double)b.work.n_trg * (double)n_rhs;
    double pairs = work_count_pairs(&b.work);
    double rate = pairs * (double)n_rhs * sfm_m2l_pair_flops(&settings) / b.apply;
    printf("%s,f%d,%s,%d,%zu,%d,%.1f,%.2f,%.3f,%.3f,%.3f,%.2f,%.3f\n", sets[set].name,
           SFM_PRECISION, sfm_isa_name(isa), order, n_rhs, b.work.n_trg,
           pairs / b.work.n_trg, 1e3 * b.create, 1e6 * b.forward, 1e6 * b.inverse,
           1e6 * b.apply / rows, 1e-9 * rate, rate / gemm);
    fflush(stdout);
    for (int32_t i = 0; i < b.work.n_slots; i++) sfm_free(b.f[i]);
    sfm_free(b.f);
    work_free(&b.work);
    b.m2l->method->free(b.m2l);
}

int main(int argc, char **argv)
{
    int only = argc > 1 ? atoi(argv[1]) : 0;
    sfm_isa isa;
    if (sfm_isa_select(argc > 2 ? argv[2] : NULL, &isa) != STARFMM_OK) return 1;
    if (sfm_blas_begin(1) != STARFMM_OK) return 1;
    puts(header);
    for (int order = 3; order <= 9; order++) {
        if (only && order != only) continue;
        for (int set = 0; set < 3; set++) run(set, order, 1, isa);
    }
    if (!only) run(0, 4, 4, isa);
    sfm_blas_end();
    return 0;
}
