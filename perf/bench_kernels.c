/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Speed of the vector kernels, single-threaded, as CSV with the columns of `header`.
 *
 *     bench_kernels_<f64|f32> [kernel [instruction set]]
 *
 * Cases: "bound" is one segment of sources in L1 under many targets; "fmm30" and "fmm60"
 * are the near field of a uniform tree, 27 segments and one target leaf of 30 or 60 points
 * each, and "fmm30-60" has leaves of random sizes.  A pair is counted once per right-hand
 * side.
 */
#include <stdint.h>

#include "bench.h"
#include "kernels/evaluate.h"

static const char header[] =
    "kernel,precision,isa,accuracy,gradient,n_rhs,case,gpairs_per_s";

#define N_LEAVES 216
#define N_NEIGHBOURS 27
#define MAX_LEAF 1024
#define MAX_RHS 4
#define MIN_SECONDS 0.003
#define N_REPEATS 15

typedef struct leaf {
    real xyz[3][MAX_LEAF], charge[MAX_RHS][MAX_LEAF], out[4][MAX_RHS][MAX_LEAF];
} leaf;

typedef struct bench_case {
    const char *name;
    int n_leaves, n_neighbours;
    size_t src_min, src_max, trg_min, trg_max;
} bench_case;

static const bench_case cases[] = {
    {"bound", 1, 1, 256, 256, 1024, 1024},
    {"fmm30", N_LEAVES, N_NEIGHBOURS, 30, 30, 30, 30},
    {"fmm60", N_LEAVES, N_NEIGHBOURS, 60, 60, 60, 60},
    {"fmm30-60", N_LEAVES, N_NEIGHBOURS, 30, 60, 30, 60},
};

/* Everything that one case evaluates: `evaluation` i is the near field of leaf i. */
typedef struct workload {
    leaf *leaves;
    SFM(segment) segments[N_LEAVES][N_NEIGHBOURS];
    SFM(evaluation) evaluations[N_LEAVES];
    int n;
    double pairs;
} workload;

static const double params[STARFMM_MAX_PARAMS] = {1};

static uint64_t random_state = 1;

static uint64_t random_bits(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

static size_t random_size(size_t min, size_t max)
{
    return min + (size_t)random_bits() % (max - min + 1);
}

static void fill_leaf(leaf *l)
{
    for (int i = 0; i < MAX_LEAF; i++) {
        for (int k = 0; k < 3; k++) l->xyz[k][i] = (real)random_bits() / (real)0x80000000;
        for (int r = 0; r < MAX_RHS; r++) l->charge[r][i] = (real)1 - (real)(i % 2) / 2;
    }
}

static void make_workload(workload *w, const bench_case *c, size_t n_rhs)
{
    size_t n_src[N_LEAVES];
    w->n = c->n_leaves;
    w->pairs = 0;
    for (int i = 0; i < w->n; i++) {
        n_src[i] = random_size(c->src_min, c->src_max);
        fill_leaf(&w->leaves[i]);
    }
    for (int i = 0; i < w->n; i++) {
        leaf *t = &w->leaves[i];
        size_t n_trg = random_size(c->trg_min, c->trg_max);
        for (int k = 0; k < c->n_neighbours; k++) {
            size_t j = random_size(0, (size_t)w->n - 1);
            leaf *s = &w->leaves[j];
            w->segments[i][k] = (SFM(segment)){.x = s->xyz[0],
                                               .y = s->xyz[1],
                                               .z = s->xyz[2],
                                               .q = s->charge[0],
                                               .n = n_src[j],
                                               .ldq = MAX_LEAF,
                                               .shift = {(real)k, 0, 0}};
            w->pairs += (double)n_src[j] * (double)n_trg * (double)n_rhs;
        }
        w->evaluations[i] = (SFM(evaluation)){
            .params = params,
            .n_trg = n_trg,
            .tx = t->xyz[0],
            .ty = t->xyz[1],
            .tz = t->xyz[2],
            .n_seg = (size_t)c->n_neighbours,
            .seg = w->segments[i],
            .n_rhs = n_rhs,
            .ldo = MAX_LEAF,
            .out = {t->out[0][0], t->out[1][0], t->out[2][0], t->out[3][0]}};
    }
}

/* Pairs per second of the best of some runs. */
static double measure(const workload *w, SFM(evaluate_fn) evaluate)
{
    double best = 0;
    for (int repeat = 0; repeat < N_REPEATS; repeat++) {
        double begin = bench_now(), seconds = 0;
        int runs = 0;
        for (; seconds < MIN_SECONDS; runs++) {
            for (int i = 0; i < w->n; i++) evaluate(&w->evaluations[i]);
            seconds = bench_now() - begin;
        }
        double rate = w->pairs * runs / seconds;
        if (rate > best) best = rate;
    }
    return best;
}

/* All accuracies, with and without gradient, of one kernel, instruction set and case. */
static void bench(workload *w, starfmm_kernel kernel, sfm_isa isa, const bench_case *c)
{
    static const char *const accuracies[SFM_N_ACCURACY] = {"low", "mid", "full"};
    for (size_t n_rhs = 1; n_rhs <= MAX_RHS; n_rhs += MAX_RHS - 1) {
        make_workload(w, c, n_rhs);
        for (int i = 0; i < 2 * SFM_N_ACCURACY; i++) {
            SFM(evaluate_fn)
            f = SFM(evaluate_get)(kernel, isa, (sfm_accuracy)(i / 2), i % 2);
            printf("%s,f%d,%s,%s,%d,%zu,%s,%.3f\n", sfm_kernel_get(kernel)->name,
                   SFM_PRECISION, sfm_isa_name(isa), accuracies[i / 2], i % 2, n_rhs,
                   c->name, 1e-9 * measure(w, f));
        }
    }
}

int main(int argc, char **argv)
{
    static workload w;
    w.leaves = bench_allocate(N_LEAVES, sizeof *w.leaves);
    puts(header);
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        if (argc > 1 && strcmp(argv[1], sfm_kernel_get((starfmm_kernel)kernel)->name) != 0)
            continue;
        for (int i = 0; i < SFM_N_ISA; i++) {
            sfm_isa isa;
            const char *name = sfm_isa_name((sfm_isa)i);
            if (argc > 2 && strcmp(argv[2], name) != 0) continue;
            if (sfm_isa_select(name, &isa) != STARFMM_OK) continue;
            for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
                bench(&w, (starfmm_kernel)kernel, isa, &cases[c]);
        }
    }
    sfm_free(w.leaves);
    return 0;
}
