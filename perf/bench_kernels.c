/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Speed of the loops of kernels, single-threaded, as CSV with the columns of `header`.
 *
 *     bench_kernels_<f64|f32> [kernel [instruction set [source [target [accuracy]]]]]
 *
 * Cases: "bound" is one segment of sources in L1 under many targets; "fmm30" and "fmm60"
 * are the near field of a uniform tree, 27 segments and one target leaf of 30 or 60 points
 * each, and "fmm30-60" has leaves of random sizes; "mutual60" are mutual sums of one leaf with
 * 13 others.  A pair is counted once per right-hand side and direction.
 */
#include <stdint.h>

#include "bench.h"
#include "kernels/evaluate.h"

static const char header[] =
    "kernel,precision,isa,source,target,accuracy,n_rhs,case,gpairs_per_s";

#define N_LEAVES 216
#define N_NEIGHBOURS 27
#define N_MUTUAL 13
#define MAX_LEAF 1024
#define MAX_RHS 4
#define MIN_SECONDS 0.003
#define N_REPEATS 15

typedef struct leaf {
    real xyz[3][MAX_LEAF], charge[STARFMM_MAX_COMPONENTS][MAX_RHS][MAX_LEAF];
    real out[STARFMM_MAX_COMPONENTS][MAX_RHS][MAX_LEAF];
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

#define N_CASES (sizeof cases / sizeof *cases)

/* Everything that one case evaluates: `evaluation` i is the near field of leaf i. */
typedef struct workload {
    leaf *leaves;
    SFM(segment) segments[N_LEAVES][N_NEIGHBOURS];
    SFM(evaluation) evaluations[N_LEAVES];
    SFM(sums) sums[N_LEAVES][N_NEIGHBOURS];
    SFM(mutual) mutuals[N_LEAVES];
    int n;
    double pairs;
} workload;

static const double params[STARFMM_MAX_PARAMS] = {0.4};
static real scratch[(6 + 2 * STARFMM_MAX_COMPONENTS) * STARFMM_MUTUAL_LD]
    __attribute__((aligned(64)));

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
        for (int c = 0; c < STARFMM_MAX_COMPONENTS; c++)
            for (int r = 0; r < MAX_RHS; r++)
                l->charge[c][r][i] = (real)1 - (real)((i + c + r) % 2) / 2;
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
                                               .q = s->charge[0][0],
                                               .n = n_src[j],
                                               .ldq = MAX_LEAF,
                                               .ldc = MAX_RHS * MAX_LEAF,
                                               .shift = {(real)k, 0, 0}};
            w->pairs += (double)n_src[j] * (double)n_trg * (double)n_rhs;
        }
        w->evaluations[i] = (SFM(evaluation)){.params = params,
                                              .n_trg = n_trg,
                                              .tx = t->xyz[0],
                                              .ty = t->xyz[1],
                                              .tz = t->xyz[2],
                                              .n_seg = (size_t)c->n_neighbours,
                                              .seg = w->segments[i],
                                              .n_rhs = n_rhs,
                                              .ldo = MAX_LEAF,
                                              .ldc = MAX_RHS * MAX_LEAF,
                                              .out = t->out[0][0]};
    }
}

/* The same leaves as mutual sums with the first N_MUTUAL segments of each. */
static void make_mutual(workload *w, size_t n_rhs)
{
    w->pairs = 0;
    for (int i = 0; i < w->n; i++) {
        leaf *t = &w->leaves[i];
        const SFM(evaluation) *e = &w->evaluations[i];
        SFM(segment)
        a = {.x = e->tx,
             .y = e->ty,
             .z = e->tz,
             .q = t->charge[0][0],
             .n = e->n_trg,
             .ldq = MAX_LEAF,
             .ldc = MAX_RHS * MAX_LEAF};
        SFM(sums) out = {t->out[0][0], MAX_LEAF, MAX_RHS * MAX_LEAF};
        for (int k = 0; k < N_MUTUAL; k++) {
            leaf *s = (leaf *)(void *)w->segments[i][k].x;
            w->sums[i][k] = (SFM(sums)){s->out[0][0], MAX_LEAF, MAX_RHS * MAX_LEAF};
            w->pairs +=
                2.0 * (double)w->segments[i][k].n * (double)e->n_trg * (double)n_rhs;
        }
        w->mutuals[i] = (SFM(mutual)){.params = params,
                                      .n_rhs = n_rhs,
                                      .a = a,
                                      .a_out = out,
                                      .n_seg = N_MUTUAL,
                                      .seg = w->segments[i],
                                      .out = w->sums[i],
                                      .scratch = scratch};
    }
}

/* Pairs per second of the best of some runs; one of the two loops. */
static double measure(const workload *w, SFM(evaluate_fn) evaluate, SFM(mutual_fn) mutual)
{
    double best = 0;
    for (int repeat = 0; repeat < N_REPEATS; repeat++) {
        double begin = bench_now(), seconds = 0;
        int runs = 0;
        for (; seconds < MIN_SECONDS; runs++) {
            for (int i = 0; i < w->n && evaluate; i++) evaluate(&w->evaluations[i]);
            for (int i = 0; i < w->n && mutual; i++) mutual(&w->mutuals[i]);
            seconds = bench_now() - begin;
        }
        double rate = w->pairs * runs / seconds;
        if (rate > best) best = rate;
    }
    return best;
}

/* What is left of the command line chooses kinds and accuracy. */
static int is_wanted(char **argv, int at, const char *name)
{
    for (int i = 1; i <= at; i++)
        if (argv[i] == NULL) return 1;
    return strcmp(argv[at], name) == 0;
}

/* One kernel and instruction set: all kinds and accuracies. */
static void bench(workload *w, const sfm_kernel *kernel, sfm_isa isa, char **argv)
{
    static const char *const accuracies[SFM_N_ACCURACY] = {"low", "mid", "full"};
    const int n_kinds = kernel->n_sources * kernel->n_targets;
    for (int k = 0; k < n_kinds * SFM_N_ACCURACY; k++) {
        int source = k / SFM_N_ACCURACY / kernel->n_targets;
        int target = k / SFM_N_ACCURACY % kernel->n_targets, accuracy = k % SFM_N_ACCURACY;
        SFM(evaluate_fn)
        evaluate = SFM(evaluate_get)(kernel, isa, (sfm_accuracy)accuracy, source, target);
        SFM(mutual_fn)
        mutual = SFM(mutual_get)(kernel, isa, (sfm_accuracy)accuracy, source, target);
        if (!evaluate || !is_wanted(argv, 3, kernel->source[source].name) ||
            !is_wanted(argv, 4, kernel->target[target].name) ||
            !is_wanted(argv, 5, accuracies[accuracy]))
            continue;
        for (size_t n_rhs = 1; n_rhs <= MAX_RHS; n_rhs += MAX_RHS - 1)
            for (size_t c = 0; c <= N_CASES; c++) {
                double rate = 0;
                make_workload(w, &cases[c < N_CASES ? c : 2], n_rhs);
                if (c < N_CASES) rate = measure(w, evaluate, NULL);
                if (c == N_CASES && !mutual) continue;
                if (c == N_CASES) {
                    make_mutual(w, n_rhs);
                    rate = measure(w, NULL, mutual);
                }
                printf("%s,f%d,%s,%s,%s,%s,%zu,%s,%.3f\n", kernel->name, SFM_PRECISION,
                       sfm_isa_name(isa), kernel->source[source].name,
                       kernel->target[target].name, accuracies[accuracy], n_rhs,
                       c < N_CASES ? cases[c].name : "mutual60", 1e-9 * rate);
            }
    }
}

int main(int argc, char **argv)
{
    static workload w;
    w.leaves = bench_allocate(N_LEAVES, sizeof *w.leaves);
    puts(header);
    for (int id = 0; sfm_kernel_get((starfmm_kernel)id); id++) {
        const sfm_kernel *kernel = sfm_kernel_get((starfmm_kernel)id);
        if (!is_wanted(argv, 1, kernel->name)) continue;
        for (int i = 0; i < SFM_N_ISA; i++) {
            sfm_isa isa;
            const char *name = sfm_isa_name((sfm_isa)i);
            if (argc > 2 && !is_wanted(argv, 2, name)) continue;
            if (sfm_isa_select(name, &isa) == STARFMM_OK) bench(&w, kernel, isa, argv);
        }
    }
    sfm_free(w.leaves);
    return 0;
}
