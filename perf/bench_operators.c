/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each operator inside the method, on a real tree, against what its arithmetic alone would
 * cost: one thread, no StarPU, the groups of two workers, CSV with the columns of `header`.
 *
 *     bench_operators_<f64|f32> [KIND [N [DIGITS [ORDER [N_CRIT [GROUP_SIZE]]]]]]
 *
 * KIND (cube) is one of tests/support/points.h, N 1e6, DIGITS 6; with an ORDER the digits
 * do not count; 0 is automatic everywhere.  The bound of an operator is the sum of its
 * matrix products at the rate of a 512^3 product and of its kernel evaluations at the rate
 * of the register-resident kernel (256 sources in L1 under 1024 targets), both measured
 * just before: `of_bound` is that time over the operator's.  Pairs of P2P that are summed
 * for both points (kernels/evaluate.h) have the rate of 128 points against 512 others, all in
 * L1, as their bound; a flop count stands for one direction.
 */
#include "bench.h"
#include "kernels/evaluate.h"
#include "tests/support/serial.h"

static const char header[] =
    "kind,precision,points,order,check_order,n_crit,operator,seconds,"
    "gflops,kernel_share,bound_gflops,of_bound";

#define N_SOURCES 256
#define N_TARGETS 1024
#define N_A 128
#define N_B STARFMM_MUTUAL_PACK
#define N_REPEATS 3
#define WORKERS 2
#define KERNEL_REPEATS 200

/* Kernel evaluations a second of this thread, sources and targets near at hand. */
static double pair_rate(const sfm_fmm *f)
{
    real *x = bench_allocate(4 * N_SOURCES + 4 * N_TARGETS, sizeof *x),
         *t = x + 4 * N_SOURCES;
    for (int i = 0; i < 4 * N_SOURCES + 3 * N_TARGETS; i++)
        x[i] = (real)rand() / (real)RAND_MAX;
    SFM(segment)
    seg = {.x = x,
           .y = x + N_SOURCES,
           .z = x + 2 * N_SOURCES,
           .q = x + 3 * N_SOURCES,
           .n = N_SOURCES,
           .ldq = N_SOURCES};
    SFM(evaluation)
    e = {.params = f->params,
         .n_trg = N_TARGETS,
         .tx = t,
         .ty = t + N_TARGETS,
         .tz = t + 2 * N_TARGETS,
         .n_seg = 1,
         .seg = &seg,
         .n_rhs = 1,
         .ldo = N_TARGETS,
         .out = t + 3 * N_TARGETS};
    SFM(evaluate_fn)
    evaluate = SFM(evaluate_get)(f->settings->kernel, f->settings->isa,
                                 f->settings->accuracy, 0, 0);
    double best = 0;
    for (int i = 0; i < KERNEL_REPEATS; i++) {
        double begin = bench_now();
        evaluate(&e);
        best = bench_least(best, begin);
    }
    sfm_free(x);
    return (double)N_SOURCES * N_TARGETS / best;
}

/* The same of mutual sums, each direction counted; 0 where the kernel has none. */
static double mutual_rate(const sfm_fmm *f)
{
    const size_t n = N_A + N_B;
    real *x = bench_allocate(5 * n, sizeof *x), *b = x + 5 * N_A;
    for (size_t i = 0; i < 5 * n; i++) x[i] = (real)rand() / (real)RAND_MAX;
    SFM(segment)
    seg = {.x = b, .y = b + N_B, .z = b + 2 * N_B, .q = b + 3 * N_B, .n = N_B, .ldq = N_B};
    SFM(sums) out = {b + 4 * N_B, N_B, 0};
    SFM(mutual)
    m = {.params = f->params,
         .n_rhs = 1,
         .a = {.x = x,
               .y = x + N_A,
               .z = x + 2 * N_A,
               .q = x + 3 * N_A,
               .n = N_A,
               .ldq = N_A},
         .a_out = {x + 4 * N_A, N_A, 0},
         .n_seg = 1,
         .seg = &seg,
         .out = &out,
         .scratch = bench_allocate(SFM(mutual_reals)(1, 1), sizeof(real))};
    SFM(mutual_fn)
    mutual =
        SFM(mutual_get)(f->settings->kernel, f->settings->isa, f->settings->accuracy, 0, 0);
    double best = 0;
    for (int i = 0; i < KERNEL_REPEATS; i++) {
        double begin = bench_now();
        mutual(&m);
        best = bench_least(best, begin);
    }
    sfm_free(m.scratch);
    sfm_free(x);
    return 2.0 * N_A * N_B / best;
}

/* Pairs of points of one leaf, the point itself included. */
static double own_pairs(const sfm_tree *t)
{
    double sum = 0;
    for (int32_t i = 0; i < t->n_nodes; i++)
        if (sfm_tree_is_leaf(t, i))
            sum += (double)t->src.count[i] * (double)t->src.count[i];
    return sum;
}

static double flops_of(const sfm_fmm *f, starfmm_operator op)
{
    double sum = 0;
    for (int32_t g = 0; g < f->schedule->groups.n; g++)
        if (sfm_operator_exists(f, op, g)) sum += sfm_operator_flops(f, op, g);
    return sum;
}

/* How many of an operator's flops are kernel evaluations: the others are products. */
static double kernel_flops(const sfm_fmm *f, starfmm_operator op)
{
    double pairs = 0;
    for (int32_t g = 0; g < f->schedule->groups.n; g++) {
        const sfm_group *gr = sfm_group_of(f, g);
        if (!sfm_operator_exists(f, op, g) || !sfm_operator_table[op]->amount) continue;
        for (int32_t i = gr->first; i < gr->first + gr->count; i++)
            pairs += sfm_operator_table[op]->amount(f, i).pairs;
    }
    return pairs * f->settings->kernel->flops[0][0];
}

typedef struct rates {
    double gemm, kernel, mutual; /* flops a second */
} rates;

static void report(const sfm_test_serial *s, const char *kind, starfmm_operator op,
                   double seconds, rates r)
{
    const sfm_fmm *f = s->fmm;
    double flops = flops_of(f, op), kernel = kernel_flops(f, op);
    if (flops == 0) return;
    double both = 0;
    if (op == STARFMM_OP_P2P && f->geometry->tree.same_points)
        both = kernel - f->settings->kernel->flops[0][0] * own_pairs(&f->geometry->tree);
    double bound = (flops - kernel) / r.gemm + (kernel - both) / r.kernel + both / r.mutual;
    printf("%s,f%d,%zu,%d,%d,%d,%s,%.4f,%.2f,%.2f,%.2f,%.3f\n", kind, SFM_PRECISION,
           s->n_sources, f->settings->order, f->settings->check_order,
           s->plan.leaves.n_crit, starfmm_operator_name(op), seconds,
           1e-9 * flops / seconds, kernel / flops, 1e-9 * flops / bound, bound / seconds);
    fflush(stdout);
}

/* The operators of one evaluation in turn, some evaluations, the best of each. */
static void measure(sfm_test_serial *s, const char *kind)
{
    static const starfmm_operator order[] = {
        STARFMM_OP_P2M, STARFMM_OP_M2M, STARFMM_OP_M2F, STARFMM_OP_P2L, STARFMM_OP_M2L,
        STARFMM_OP_L2L, STARFMM_OP_L2P, STARFMM_OP_M2P, STARFMM_OP_P2P};
    const int n = sizeof order / sizeof *order;
    double best[STARFMM_N_OPERATORS] = {0};
    rates r = {bench_gemm_rate(), s->plan.settings.kernel->flops[0][0] * pair_rate(s->fmm),
               s->plan.settings.kernel->flops[0][0] * mutual_rate(s->fmm)};
    for (int repeat = 0; repeat < N_REPEATS; repeat++) {
        sfm_test_serial_begin(s);
        for (int i = 0; i < n; i++) {
            double begin = bench_now();
            sfm_test_serial_run(s, order[i]);
            best[order[i]] = bench_least(best[order[i]], begin);
        }
    }
    for (int i = 0; i < n; i++) report(s, kind, order[i], best[order[i]], r);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "cube";
    size_t n = argc > 2 ? (size_t)strtod(argv[2], NULL) : 1000000;
    starfmm_options o;
    sfm_test_serial s;
    starfmm_options_init(&o);
    o.precision = SFM_PRECISION == 64 ? STARFMM_DOUBLE : STARFMM_FLOAT;
    if (argc > 3) o.digits = atoi(argv[3]);
    if (argc > 4) o.order = atoi(argv[4]);
    if (argc > 5) o.n_crit = atoi(argv[5]);
    if (argc > 6) o.group_size = atoi(argv[6]);
    if (!sfm_test_serial_make_for(&s, &o, kind, n, 0, 1, WORKERS)) return 1;
    if (sfm_blas_begin(WORKERS) != STARFMM_OK) return 1;
    puts(header);
    measure(&s, kind);
    sfm_blas_end();
    sfm_test_serial_free(&s);
    return 0;
}
