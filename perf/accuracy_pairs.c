/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How exact the library's own operators are between pairs of boxes of a V list, order by
 * order: what the strict columns of src/policy/accuracy_tables.h are made of
 * (perf/accuracy_tables.py).
 *
 *     accuracy_pairs_<f64|f32> [-k KAPPA] [-p FIRST [LAST]] [-c EXTRA] [-i ALPHA] [-o ALPHA]
 *                              [-b BEND] [-x CUTOFF]
 *
 * One CSV row, as `header` says, per order FIRST ... LAST and check order up to EXTRA more.
 * KAPPA is that of Yukawa in units of the box's half side (0: Laplace); -i, -o, -b, -x try
 * other surfaces and another cut-off.
 *
 * A unit charge at y in a box and a target at x in another, their centres 2 o half sides
 * apart: the operators give
 *
 *     K(x, DE) K(DC, DE)^+  K(DC, UE)  K(UC, UE)^+ K(UC, y)  =  d(x)^T M_o w(y)
 *
 * and the same with the gradient of K(x, DE).  Matrices are cast to the precision and
 * multiplied in it; what it should be is computed in long double.
 *
 *   rms        root mean square of the error over that of K, x and y random in their boxes,
 *              offsets by how often a V list has them
 *   chain      as rms, through three M2M and three L2L (Laplace alone)
 *   one-sided  as rms, M2P: K(x, UE) w(y)
 *   worst      of all these the largest error over |K|, for x and y on the boxes' corners,
 *              edges and faces too
 */
#include <math.h>
#include <unistd.h>

#include "bench.h"
#include "operators/surface.h"
#include "precompute/operators.h"
#include "tests/support/kinds.h"

#if SFM_PRECISION == 64
#define GEMM sfm_gemm_f64
#else
#define GEMM sfm_gemm_f32
#endif

static const char header[] = "kappa,precision,order,check_order,rank,rms,rms_gradient,"
                             "chain,chain_gradient,one_sided,"
                             "one_sided_gradient,worst,worst_gradient\n";

#define N_RANDOM 72
#define N_WORST (56 + 98) /* surfaces of 4^3 and 5^3 points */
#define N_POINTS (N_RANDOM + N_WORST)
#define N_CLASSES 16
#define CHAIN 3

/* Offsets 0 <= a <= b <= c of the V list, and how often they or their images are in one:
 * components of 3 in every other box alone. */
static int class_offset[N_CLASSES][3];
static double class_weight[N_CLASSES];

static const sfm_kernel *kernel;
static int gradient_kind; /* of targets */
static double params[STARFMM_MAX_PARAMS];
static double point[N_POINTS][3];
/* Of every class, x and y: K and its gradient. */
static double (*exact)[N_POINTS][N_POINTS][4];

static void list_classes(void)
{
    int n = 0;
    for (int c = 2; c <= 3; c++)
        for (int b = 0; b <= c; b++)
            for (int a = 0; a <= b; a++) {
                const int o[3] = {a, b, c};
                double weight = a == b && b == c ? 1 : a == b || b == c ? 3 : 6;
                for (int d = 0; d < 3; d++) {
                    class_offset[n][d] = o[d];
                    if (o[d] == 1 || o[d] == 2) weight *= 2;
                }
                class_weight[n++] = weight;
            }
}

static double uniform(void)
{
    static uint64_t state = 20260101;
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void choose_points(void)
{
    double x[98], y[98], z[98];
    int n = 0;
    for (; n < N_RANDOM; n++)
        for (int d = 0; d < 3; d++) point[n][d] = 2 * uniform() - 1;
    for (int order = 4; order <= 5; order++) {
        sfm_surface_points(order, (sfm_surface_form){1, 0}, x, y, z, NULL);
        for (int i = 0; i < sfm_surface_count(order); i++, n++) {
            point[n][0] = x[i];
            point[n][1] = y[i];
            point[n][2] = z[i];
        }
    }
}

/* K, and its gradient by x into g unless NULL, of x + 2 o and y. */
static double kernel_at(const double *x, const int *o, const double *y, double *g)
{
    long double d[3], k[4];
    for (int c = 0; c < 3; c++) d[c] = (long double)x[c] + 2.0L * (o ? o[c] : 0) - y[c];
    sfm_kernel_reference(kernel, 0, g ? gradient_kind : 0, d, params, k);
    for (int c = 0; g && c < 3; c++) g[c] = (double)k[1 + c];
    return (double)k[0];
}

static void compute_exact(void)
{
    exact = bench_allocate(N_CLASSES, sizeof *exact);
    for (int k = 0; k < N_CLASSES; k++)
        for (int i = 0; i < N_POINTS; i++)
            for (int j = 0; j < N_POINTS; j++) {
                double *e = exact[k][i][j];
                e[0] = kernel_at(point[i], class_offset[k], point[j], e + 1);
            }
}

/* ---- the operators ------------------------------------------------------------------- */

typedef struct box {
    sfm_operators ops;
    size_t e, c, rank;
    real *uc2e[2], *dc2e[2], *m2m[8];
    double *inner, *outer; /* [points][3] */
} box;

static real *cast(const double *from, size_t n)
{
    real *to = bench_allocate(n, sizeof *to);
    for (size_t i = 0; i < n; i++) to[i] = (real)from[i];
    return to;
}

static double *surface(int order, sfm_surface_form form, size_t n)
{
    double *x = bench_allocate(3 * n, sizeof *x), *xyz = bench_allocate(3 * n, sizeof *x);
    sfm_surface_points(order, form, x, x + n, x + 2 * n, NULL);
    for (size_t i = 0; i < 3 * n; i++) xyz[i % n * 3 + i / n] = x[i];
    sfm_free(x);
    return xyz;
}

static int make_box(box *b, const sfm_operators_key *key)
{
    if (sfm_operators_compute(&b->ops, key) != STARFMM_OK) {
        fprintf(stderr, "order %d: %s\n", key->order, starfmm_last_error());
        return 0;
    }
    size_t e = b->e = (size_t)b->ops.n_e, c = b->c = (size_t)b->ops.n_c;
    size_t rank = b->rank = (size_t)b->ops.up_rank;
    b->uc2e[0] = cast(b->ops.uc2e[0], rank * c);
    b->uc2e[1] = cast(b->ops.uc2e[1], e * rank);
    b->dc2e[0] = cast(b->ops.dc2e[0], rank * e);
    b->dc2e[1] = cast(b->ops.dc2e[1], c * rank);
    double *m2m = bench_allocate(e * e, sizeof *m2m);
    for (int o = 0; o < 8; o++) {
        sfm_operators_m2m(&b->ops, o, m2m);
        b->m2m[o] = cast(m2m, e * e);
    }
    sfm_free(m2m);
    b->inner = surface(key->order, key->inner, e);
    b->outer = surface(key->check_order, key->outer, c);
    return 1;
}

static void free_box(box *b)
{
    for (int f = 0; f < 2; f++) {
        sfm_free(b->uc2e[f]);
        sfm_free(b->dc2e[f]);
    }
    for (int o = 0; o < 8; o++) sfm_free(b->m2m[o]);
    sfm_free(b->inner);
    sfm_free(b->outer);
    sfm_operators_free(&b->ops);
}

/* w [n][e], row by row the densities of a unit charge at each point. */
static real *densities(const box *b, size_t n, double (*y)[3])
{
    real *check = bench_allocate(n * b->c, sizeof *check);
    real *mid = bench_allocate(n * b->rank, sizeof *mid);
    real *w = bench_allocate(n * b->e, sizeof *w);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < b->c; j++)
            check[i * b->c + j] = (real)kernel_at(b->outer + 3 * j, NULL, y[i], NULL);
    GEMM(0, 1, n, b->rank, b->c, 1, check, b->c, b->uc2e[0], b->c, 0, mid, b->rank);
    GEMM(0, 1, n, b->e, b->rank, 1, mid, b->rank, b->uc2e[1], b->rank, 0, w, b->e);
    sfm_free(check);
    sfm_free(mid);
    return w;
}

/* d [4][n][e]: what a unit check potential gives at each point, and its gradient. */
static real *responses(const box *b, size_t n, double (*x)[3])
{
    real *k = bench_allocate(4 * n * b->c, sizeof *k);
    real *mid = bench_allocate(4 * n * b->rank, sizeof *mid);
    real *d = bench_allocate(4 * n * b->e, sizeof *d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < b->c; j++) {
            double g[3];
            k[i * b->c + j] = (real)kernel_at(x[i], NULL, b->outer + 3 * j, g);
            for (size_t t = 0; t < 3; t++) k[((t + 1) * n + i) * b->c + j] = (real)g[t];
        }
    GEMM(0, 0, 4 * n, b->rank, b->c, 1, k, b->c, b->dc2e[1], b->rank, 0, mid, b->rank);
    GEMM(0, 0, 4 * n, b->e, b->rank, 1, mid, b->rank, b->dc2e[0], b->e, 0, d, b->e);
    sfm_free(k);
    sfm_free(mid);
    return d;
}

/* K of points a + 2 o and b, in double; gradients in planes 1 ... 3 of `planes`. */
static void fill_kernel(real *k, size_t planes, size_t na, const double *a, const int *o,
                        size_t nb, const double *b)
{
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++) {
            double d[3], r2 = 0;
            for (size_t t = 0; t < 3; t++) {
                d[t] = a[3 * i + t] + 2 * o[t] - b[3 * j + t];
                r2 += d[t] * d[t];
            }
            double r = sqrt(r2), value = exp(-params[0] * r) / r;
            double slope = -value * (1 + params[0] * r) / r2;
            k[i * nb + j] = (real)value;
            for (size_t t = 1; t < planes; t++)
                k[(t * na + i) * nb + j] = (real)(slope * d[t - 1]);
        }
}

/* ---- errors ---------------------------------------------------------------------------- */

typedef struct sums {
    double error[2], value[2], worst[2]; /* potential, gradient */
} sums;

static void add_error(sums *s, const double *e, const double *found, double weight)
{
    double wrong = 0, right = 0, d = found[0] - e[0];
    for (int t = 1; t < 4; t++) {
        wrong += (found[t] - e[t]) * (found[t] - e[t]);
        right += e[t] * e[t];
    }
    s->error[0] += weight * d * d;
    s->value[0] += weight * e[0] * e[0];
    s->error[1] += weight * wrong;
    s->value[1] += weight * right;
    if (e[0] != 0) s->worst[0] = fmax(s->worst[0], fabs(d / e[0]));
    if (right != 0) s->worst[1] = fmax(s->worst[1], sqrt(wrong / right));
}

static double rms(const sums *s, int output)
{
    return sqrt(s->error[output] / s->value[output]);
}

/* d(x)^T M w(y) of all x, [4][n], and all y, to out [4 n][n]. */
static void apply_m2l(const box *b, const int *o, size_t n, const real *d, const real *w,
                      real *out)
{
    real *m = bench_allocate(b->e * b->e, sizeof *m);
    real *check = bench_allocate(n * b->e, sizeof *check);
    fill_kernel(m, 1, b->e, b->inner, o, b->e, b->inner);
    GEMM(0, 1, n, b->e, b->e, 1, w, b->e, m, b->e, 0, check, b->e);
    GEMM(0, 1, 4 * n, n, b->e, 1, d, b->e, check, b->e, 0, out, n);
    sfm_free(m);
    sfm_free(check);
}

/* The V list, pairs of all points; random ones alone count for `random`. */
static void measure_pairs(const box *b, sums *random, sums *all, int one_sided)
{
    const size_t n = N_POINTS;
    real *w = densities(b, n, point), *d = one_sided ? NULL : responses(b, n, point);
    real *out = bench_allocate(4 * n * n, sizeof *out);
    for (int k = 0; k < N_CLASSES; k++) {
        if (one_sided) {
            real *at = bench_allocate(4 * n * b->e, sizeof *at);
            fill_kernel(at, 4, n, point[0], class_offset[k], b->e, b->inner);
            GEMM(0, 1, 4 * n, n, b->e, 1, at, b->e, w, b->e, 0, out, n);
            sfm_free(at);
        } else
            apply_m2l(b, class_offset[k], n, d, w, out);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double found[4];
                for (size_t t = 0; t < 4; t++) found[t] = (double)out[(t * n + i) * n + j];
                add_error(all, exact[k][i][j], found, class_weight[k]);
                if (i < N_RANDOM && j < N_RANDOM)
                    add_error(random, exact[k][i][j], found, class_weight[k]);
            }
    }
    sfm_free(w);
    sfm_free(d);
    sfm_free(out);
}

/* Boxes CHAIN levels below: their operators are those of the box (Laplace alone). */
static void measure_chain(const box *b, sums *s)
{
    const size_t n = N_RANDOM;
    double y[N_RANDOM][3], x[N_RANDOM][3];
    real *w = densities(b, n, point), *d = responses(b, n, point);
    real *to = bench_allocate(4 * n * b->e, sizeof *to);
    real *out = bench_allocate(4 * n * n, sizeof *out);
    memcpy(y, point, sizeof y);
    memcpy(x, point, sizeof x);
    for (int l = 0; l < CHAIN; l++) {
        size_t up = (size_t)(8 * uniform()), dn = (size_t)(8 * uniform());
        GEMM(0, 1, n, b->e, b->e, 1, w, b->e, b->m2m[up], b->e, 0, to, b->e);
        memcpy(w, to, n * b->e * sizeof *to);
        /* L2L is M2M transposed: potentials halve in the child's units and double back;
         * a gradient doubles. */
        GEMM(0, 1, 4 * n, b->e, b->e, 1, d, b->e, b->m2m[dn], b->e, 0, to, b->e);
        memcpy(d, to, 4 * n * b->e * sizeof *to);
        for (size_t i = n * b->e; i < 4 * n * b->e; i++) d[i] *= 2;
        for (size_t i = 0; i < n; i++)
            for (int t = 0; t < 3; t++) {
                y[i][t] = 0.5 * y[i][t] + (up >> t & 1 ? 0.5 : -0.5);
                x[i][t] = 0.5 * x[i][t] + (dn >> t & 1 ? 0.5 : -0.5);
            }
    }
    for (int k = 0; k < N_CLASSES; k++) {
        apply_m2l(b, class_offset[k], n, d, w, out);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double found[4], e[4];
                for (size_t t = 0; t < 4; t++) found[t] = (double)out[(t * n + i) * n + j];
                e[0] = kernel_at(x[i], class_offset[k], y[j], e + 1);
                add_error(s, e, found, class_weight[k]);
            }
    }
    sfm_free(w);
    sfm_free(d);
    sfm_free(to);
    sfm_free(out);
}

/* Of all three, the largest. */
static double worst_of(const sums *a, const sums *b, const sums *c, int output)
{
    return fmax(fmax(a->worst[output], b->worst[output]), c->worst[output]);
}

static void measure(const sfm_operators_key *key)
{
    box b;
    sums random = {{0}, {0}, {0}}, all = random, chain = random, up = random,
         up_all = random;
    if (!make_box(&b, key)) return;
    measure_pairs(&b, &random, &all, 0);
    measure_pairs(&b, &up, &up_all, 1);
    if (params[0] == 0) measure_chain(&b, &chain);
    printf("%g,f%d,%d,%d,%zu,%.2e,%.2e,%.2e,%.2e,%.2e,%.2e,%.2e,%.2e\n", params[0],
           SFM_PRECISION, key->order, key->check_order, b.rank, rms(&random, 0),
           rms(&random, 1), rms(&chain, 0), rms(&chain, 1), rms(&up, 0), rms(&up, 1),
           worst_of(&all, &up_all, &chain, 0), worst_of(&all, &up_all, &chain, 1));
    fflush(stdout);
    free_box(&b);
}

int main(int argc, char **argv)
{
    int first = 2, last = 14, extra = 0, option;
    sfm_operators_key key = {.inner = SFM_INNER_FORM,
                             .outer = SFM_OUTER_FORM,
                             .cutoff =
                                 SFM_PRECISION == 64 ? SFM_CUTOFF_F64 : SFM_CUTOFF_F32,
                             .floor = SFM_PRECISION == 64 ? 0 : SFM_FLOOR_F32};
    while ((option = getopt(argc, argv, "k:p:c:i:o:b:x:")) != -1) switch (option) {
        case 'k':
            params[0] = atof(optarg);
            break;
        case 'p':
            first = last = atoi(optarg);
            if (optind < argc && argv[optind][0] != '-') last = atoi(argv[optind++]);
            break;
        case 'c':
            extra = atoi(optarg);
            break;
        case 'i':
            key.inner.alpha = atof(optarg);
            break;
        case 'o':
            key.outer.alpha = atof(optarg);
            break;
        case 'b':
            key.outer.bend = atof(optarg);
            break;
        case 'x':
            key.cutoff = atof(optarg);
            break;
        default:
            return 2;
        }
    key.kernel = params[0] > 0 ? STARFMM_YUKAWA : STARFMM_LAPLACE;
    key.params[0] = params[0];
    kernel = sfm_kernel_get(key.kernel);
    gradient_kind = sfm_test_target(kernel, "gradient");
    if (sfm_blas_begin(1) != STARFMM_OK) return 1;
    list_classes();
    choose_points();
    compute_exact();
    fputs(header, stdout);
    for (key.order = first; key.order <= last; key.order++)
        for (key.check_order = key.order; key.check_order <= key.order + extra;
             key.check_order++)
            measure(&key);
    sfm_free(exact);
    sfm_blas_end();
    return 0;
}
