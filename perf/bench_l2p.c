/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What locality is worth in L2P: one thread, CSV with the columns of `header`.
 *
 *     bench_l2p [N [ORDER [N_CRIT]]]        default 1e6, 6, 150: points on a sphere
 *
 *   batched   the library's operator: the check-to-equivalent solves of a batch of leaves
 * as two matrix products, then each leaf's targets, contiguous and relative to its centre,
 * under its surface in registers by_leaf   leaf by leaf too, but one solve at a time, and a
 * plain loop per target naive     target by target in the caller's order, as they come:
 * each looks up its leaf and sums over that leaf's surface, built anew for it
 *
 * by_leaf and naive differ in nothing but the order of memory; this file is compiled with
 * -O3 -march=native -ffast-math, so that the compiler makes vectors of their loops.
 */
#include <math.h>

#include "bench.h"
#include "operators/level.h"
#include "operators/surface.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"

static const char header[] =
    "points,order,n_crit,leaves,method,seconds,ns_per_pair,times_batched,difference";

#define N_REPEATS 5

/* The targets in one order. */
typedef struct targets {
    double (*x)[3];    /* in tree units about the root's centre */
    int32_t *leaf;     /* the node that holds it */
    double *potential; /* raw, in tree units */
} targets;

typedef struct bench {
    sfm_test_serial serial;
    double *densities;    /* [n_nodes][n_c] */
    targets tree, caller; /* in the tree's and in the caller's order */
} bench;

static targets make_targets(size_t n)
{
    return (targets){bench_allocate(n, sizeof(double[3])),
                     bench_allocate(n, sizeof(int32_t)), bench_allocate(n, sizeof(double))};
}

static void free_targets(targets *t)
{
    sfm_free(t->x);
    sfm_free(t->leaf);
    sfm_free(t->potential);
}

static void place(const bench *b, targets *to, size_t i, size_t row, int32_t leaf)
{
    sfm_test_serial_point(&b->serial, b->serial.targets + 3 * row, to->x[i]);
    to->leaf[i] = leaf;
}

static void locate(bench *b)
{
    const sfm_tree *t = &b->serial.fmm.tree;
    for (int32_t i = 0; i < t->n_nodes; i++)
        for (size_t k = t->trg.begin[i]; k < t->trg.begin[i + 1]; k++) {
            place(b, &b->tree, k, t->trg.index[k], i);
            place(b, &b->caller, t->trg.index[k], t->trg.index[k], i);
        }
}

/* Any local expansions will do. */
static void fill_locals(const sfm_test_serial *s)
{
    uint64_t seed = 7;
    for (int32_t g = 0; g < s->fmm.groups.n; g++) {
        double *d = sfm_buffer_at(&s->buffers, &s->fmm, SFM_BUFFER_D, g);
        size_t n = sfm_buffer_bytes(&s->buffers, &s->fmm, SFM_BUFFER_D, g) / sizeof *d;
        for (size_t i = 0; i < n; i++) d[i] = 1 + 1e-3 * sfm_test_uniform(&seed);
    }
}

static const sfm_level_f64 *level_of_node(const sfm_fmm *f, int32_t node)
{
    return sfm_level_of_f64(f, f->groups.group[f->groups.of_node[node]].level);
}

/* The densities of one leaf on its outer surface. */
static void solve(bench *b, int32_t node)
{
    const sfm_fmm *f = &b->serial.fmm;
    int32_t g = f->groups.of_node[node];
    const sfm_level_f64 *lv = level_of_node(f, node);
    const double *check = sfm_buffer_at(&b->serial.buffers, f, SFM_BUFFER_D, g);
    double mid[6 * SFM_MAX_ORDER * SFM_MAX_ORDER];
    check += (node - f->groups.group[g].first) * f->n_e;
    sfm_apply_rows_f64(1, lv->dc2e[0], lv->dn_rank, f->n_e, check, 0, mid);
    sfm_apply_rows_f64(1, lv->dc2e[1], f->n_c, lv->dn_rank, mid, 0,
                       b->densities + (size_t)node * (size_t)f->n_c);
}

static void sum_target(const bench *b, const targets *t, size_t i)
{
    const sfm_fmm *f = &b->serial.fmm;
    int32_t node = t->leaf[i];
    const double *const *y = level_of_node(f, node)->outer;
    const double *density = b->densities + (size_t)node * (size_t)f->n_c;
    double sum = 0;
    for (int j = 0; j < f->n_c; j++) {
        double dx = t->x[i][0] - (f->centre[node][0] + y[0][j]);
        double dy = t->x[i][1] - (f->centre[node][1] + y[1][j]);
        double dz = t->x[i][2] - (f->centre[node][2] + y[2][j]);
        sum += density[j] / sqrt(dx * dx + dy * dy + dz * dz);
    }
    t->potential[i] = sum;
}

static int is_target_leaf(const bench *b, int32_t node)
{
    const sfm_tree *t = &b->serial.fmm.tree;
    return sfm_tree_is_leaf(t, node) && t->trg.count[node] > 0;
}

static void run_batched(bench *b)
{
    sfm_test_serial_run(&b->serial, STARFMM_OP_L2P);
}

static void run_by_leaf(bench *b)
{
    const sfm_tree *t = &b->serial.fmm.tree;
    for (int32_t i = 0; i < t->n_nodes; i++) {
        if (!is_target_leaf(b, i)) continue;
        solve(b, i);
        for (size_t k = t->trg.begin[i]; k < t->trg.begin[i + 1]; k++)
            sum_target(b, &b->tree, k);
    }
}

static void run_naive(bench *b)
{
    for (int32_t i = 0; i < b->serial.fmm.tree.n_nodes; i++)
        if (is_target_leaf(b, i)) solve(b, i);
    for (size_t i = 0; i < b->serial.n_targets; i++) sum_target(b, &b->caller, i);
}

static const struct {
    const char *name;
    void (*run)(bench *b);
} methods[] = {{"batched", run_batched}, {"by_leaf", run_by_leaf}, {"naive", run_naive}};
#define N_METHODS (int)(sizeof methods / sizeof *methods)

/* The batched potentials, which run_batched adds to T, in the tree's order. */
static void take_potentials(bench *b, double *out)
{
    const sfm_fmm *f = &b->serial.fmm;
    for (int32_t i = 0; i < f->tree.n_nodes; i++) {
        const sfm_group *g = &f->groups.group[f->groups.of_node[i]];
        sfm_evaluation_f64 e;
        if (!is_target_leaf(b, i)) continue;
        sfm_leaf_targets_f64(
            f, g, sfm_buffer_at(&b->serial.buffers, f, SFM_BUFFER_T, f->groups.of_node[i]),
            1, i, &e);
        memcpy(out + f->tree.trg.begin[i], e.out, e.n_trg * sizeof *out);
    }
}

/* The largest difference of a plain method's potentials from the batched ones, relative. */
static double difference(bench *b, const targets *t, const double *batched)
{
    double worst = 0, scale = 0;
    for (size_t k = 0; k < b->serial.n_targets; k++) {
        size_t i = t == &b->caller ? b->serial.fmm.tree.trg.index[k] : k;
        double d = fabs(t->potential[i] - batched[k]);
        if (d > worst) worst = d;
        if (fabs(batched[k]) > scale) scale = fabs(batched[k]);
    }
    return worst / scale;
}

/* Alternating, so that all meet the same machine. */
static void measure(bench *b, double best[N_METHODS])
{
    for (int repeat = 0; repeat < N_REPEATS; repeat++)
        for (int m = 0; m < N_METHODS; m++) {
            double begin = bench_now();
            methods[m].run(b);
            best[m] = bench_least(best[m], begin);
        }
}

static void report(bench *b, const double best[N_METHODS], const double *batched)
{
    const sfm_test_serial *s = &b->serial;
    const targets *sets[] = {NULL, &b->tree, &b->caller};
    double pairs = (double)s->n_targets * s->fmm.n_c;
    puts(header);
    for (int m = 0; m < N_METHODS; m++)
        printf("%zu,%d,%d,%d,%s,%.5f,%.3f,%.2f,%.1e\n", s->n_targets, s->fmm.order,
               s->report.n_crit, s->fmm.tree.n_leaves, methods[m].name, best[m],
               1e9 * best[m] / pairs, best[m] / best[0],
               sets[m] ? difference(b, sets[m], batched) : 0);
}

static void run(bench *b)
{
    double best[N_METHODS] = {0};
    const sfm_fmm *f = &b->serial.fmm;
    size_t n = b->serial.n_targets;
    double *batched = bench_allocate(n, sizeof *batched);
    b->densities = bench_allocate((size_t)f->tree.n_nodes * (size_t)f->n_c, sizeof(double));
    b->tree = make_targets(n);
    b->caller = make_targets(n);
    locate(b);
    sfm_test_serial_begin(&b->serial);
    fill_locals(&b->serial);
    run_batched(b);
    take_potentials(b, batched);
    measure(b, best);
    report(b, best, batched);
    free_targets(&b->tree);
    free_targets(&b->caller);
    sfm_free(b->densities);
    sfm_free(batched);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtod(argv[1], NULL) : 1000000;
    starfmm_options o;
    bench b;
    starfmm_options_init(&o);
    o.order = argc > 2 ? atoi(argv[2]) : 6;
    o.n_crit = argc > 3 ? atoi(argv[3]) : 150;
    if (!sfm_test_serial_make(&b.serial, &o, "sphere", n, 0, 1)) return 1;
    sfm_blas_single_thread_begin();
    run(&b);
    sfm_blas_single_thread_end();
    sfm_test_serial_free(&b.serial);
    return 0;
}
