/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Does a set of operators do what its key says?  With x, y random in [0, 1), K = K(UC, UE),
 * C = UE of a child, and every norm relative to that of the right side:
 *
 *   K uc2e K x = K x      K^T dc2e K^T y = K^T y      K^T K m2m[o] x = K^T K(UC, C) x
 *
 * m2m solves a least-squares problem, so what holds to rounding are its normal equations;
 * and they do not ask for more than a density determines: the part along the smallest
 * singular values may be off by O(1) and is not seen on the check surface.  All octants are
 * reflected onto octant 0, so that one K(UC, C) serves, and one pass over each matrix.
 */
#include <math.h>

#include "base/memory.h"
#include "base/blas.h"
#include "operators/surface.h"
#include "precompute/kernel_matrix.h"
#include "precompute/operators.h"
#include "precompute/reflections.h"

/* Rounding in a sum over a surface, far above what was seen (1e-13) and far below what a
 * wrong matrix gives (1e-2).  The cut itself adds `cutoff`, that of the child a few times
 * it. */
#define ROUNDING 1e-11
#define CUT_SAFETY 30.0

typedef struct checker {
    const sfm_operators *ops;
    const sfm_kernel *kernel;
    size_t n_e, n_c, rank;
    double tolerance;
    sfm_points inner, outer, octant0; /* UE, UC, and UE of octant 0 */
    int *inner_images, *outer_images;
    double *memory;
    double *k;                      /* [n_c][n_e], K(UC, C), then K(UC, UE) */
    double *x;                      /* [n_e] */
    double *y, *wanted;             /* [n_c] */
    double *inside;                 /* [rank] */
    double *density, *left, *right; /* [8][n_e], [8][n_e], [8][n_c]: a row per octant */
    double *child;                  /* [8][n_c], K(UC, C) x reflected */
} checker;

static void multiply(int transposed, size_t rows, size_t cols, const double *a,
                     const double *x, double *y)
{
    if (transposed)
        sfm_gemm_f64(1, 0, cols, 1, rows, 1.0, a, cols, x, 1, 0.0, y, 1);
    else
        sfm_gemm_f64(0, 0, rows, 1, cols, 1.0, a, cols, x, 1, 0.0, y, 1);
}

/* A linear congruential generator (Knuth, MMIX): any fixed spread of numbers will do. */
static void fill_random(size_t n, double *x)
{
    uint64_t state = 2004;
    for (size_t i = 0; i < n; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        x[i] = (double)(state >> 11) * 0x1p-53;
    }
}

static int close_to(const checker *c, size_t n, const double *got, const double *want,
                    const char *what)
{
    double error = 0.0, norm = 0.0;
    for (size_t i = 0; i < n; i++) {
        error += (got[i] - want[i]) * (got[i] - want[i]);
        norm += want[i] * want[i];
    }
    if (sqrt(error) <= c->tolerance * sqrt(norm)) return 1;
    sfm_fail(STARFMM_ENUMERIC, "operators of order %d, %d: %s is off by %.3g (norm %.3g)",
             c->ops->key.order, c->ops->key.check_order, what, sqrt(error), sqrt(norm));
    return 0;
}

static int check_inverses(checker *c)
{
    const sfm_operators *ops = c->ops;
    multiply(0, c->n_c, c->n_e, c->k, c->x, c->wanted);
    multiply(0, c->rank, c->n_c, ops->uc2e[0], c->wanted, c->inside);
    multiply(0, c->n_e, c->rank, ops->uc2e[1], c->inside, c->density);
    multiply(0, c->n_c, c->n_e, c->k, c->density, c->right);
    if (!close_to(c, c->n_c, c->right, c->wanted, "K uc2e K x")) return 0;
    multiply(1, c->n_c, c->n_e, c->k, c->y, c->density);
    multiply(0, c->rank, c->n_e, ops->dc2e[0], c->density, c->inside);
    multiply(0, c->n_c, c->rank, ops->dc2e[1], c->inside, c->right);
    multiply(1, c->n_c, c->n_e, c->k, c->right, c->left);
    return close_to(c, c->n_e, c->left, c->density, "K^T dc2e K^T y");
}

/* out (j) = in (reflected j): from the frame of an octant to that of octant 0. */
static void reflect(const checker *c, size_t octant, const double *in, double *out)
{
    const int *image = c->inner_images + octant * c->n_e;
    for (size_t j = 0; j < c->n_e; j++) out[j] = in[image[j]];
}

/* out [8][n_c] = k in [8][n_e], octant by octant; transposed, out [8][n_e] = k^T in
 * [8][n_c].
 */
static void multiply_octants(const checker *c, int transposed, const double *in,
                             double *out)
{
    size_t rows = transposed ? c->n_c : c->n_e, cols = transposed ? c->n_e : c->n_c;
    sfm_gemm_f64(0, !transposed, 8, cols, rows, 1.0, in, rows, c->k, c->n_e, 0.0, out,
                 cols);
}

/* K(UC, C) x in the frame of octant 0: K(UC, C_0) times the reflected x.  Overwrites k. */
static void apply_children(checker *c)
{
    sfm_kernel_matrix(c->kernel, c->ops->key.params, &c->outer, &c->octant0, c->k);
    for (size_t o = 0; o < 8; o++) reflect(c, o, c->x, c->density + o * c->n_e);
    multiply_octants(c, 0, c->density, c->child);
}

static int check_m2m(checker *c)
{
    int valid = 1;
    for (size_t o = 0; o < 8; o++) {
        multiply(0, c->n_e, c->n_e, c->ops->m2m[o], c->x, c->left);
        reflect(c, o, c->left, c->density + o * c->n_e);
    }
    multiply_octants(c, 0, c->density, c->right);
    multiply_octants(c, 1, c->right, c->left);
    multiply_octants(c, 1, c->child, c->density);
    for (size_t o = 0; o < 8 && valid; o++)
        valid = close_to(c, c->n_e, c->left + o * c->n_e, c->density + o * c->n_e,
                         "K^T K m2m x");
    return valid;
}

/* The number of doubles of all vectors and k; with memory, pointed into it. */
static size_t lay_out(checker *c)
{
    struct {
        double **part;
        size_t count;
    } parts[] = {
        {&c->k, c->n_c * c->n_e}, {&c->x, c->n_e},         {&c->y, c->n_c},
        {&c->wanted, c->n_c},     {&c->inside, c->rank},   {&c->density, 8 * c->n_e},
        {&c->left, 8 * c->n_e},   {&c->right, 8 * c->n_c}, {&c->child, 8 * c->n_c}};
    size_t used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (c->memory != NULL) *parts[i].part = c->memory + used;
        used += parts[i].count;
    }
    return used;
}

static starfmm_status checker_create(checker *c)
{
    const sfm_operators_key *key = &c->ops->key;
    SFM_TRY(sfm_points_create(&c->inner, key->order, key->alpha_inner, 1.0, 0.0));
    SFM_TRY(sfm_points_create(&c->outer, key->check_order, key->alpha_outer, 1.0, 0.0));
    SFM_TRY(sfm_points_create(&c->octant0, key->order, key->alpha_inner, 0.5, -0.5));
    SFM_TRY(sfm_reflections_create(key->order, &c->inner_images));
    SFM_TRY(sfm_reflections_create(key->check_order, &c->outer_images));
    c->memory = sfm_alloc(lay_out(c), sizeof(double));
    if (c->memory == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory to check operators of order %d",
                        key->order);
    lay_out(c);
    return STARFMM_OK;
}

static void checker_free(checker *c)
{
    sfm_points_free(&c->inner);
    sfm_points_free(&c->outer);
    sfm_points_free(&c->octant0);
    sfm_free(c->inner_images);
    sfm_free(c->outer_images);
    sfm_free(c->memory);
}

static int check_identities(checker *c)
{
    fill_random(c->n_e, c->x);
    fill_random(c->n_c, c->y);
    apply_children(c);
    sfm_reflections_matrix(c->kernel, c->ops->key.params, &c->outer, c->outer_images,
                           &c->inner, c->inner_images, c->k);
    return check_inverses(c) && check_m2m(c);
}

static int all_finite(const char *name, size_t n, const double *a)
{
    double sum = 0.0;
    /* x - x is 0 but for NaN and infinities, and the sum remembers: one pass, vectorised.
     */
    for (size_t i = 0; i < n; i++) sum += a[i] - a[i];
    if (sum == 0.0) return 1;
    sfm_fail(STARFMM_ENUMERIC, "operators: %s holds a value that is not finite", name);
    return 0;
}

static int check_shape(const sfm_operators *ops, const sfm_operators_key *key)
{
    int n_e = sfm_surface_count(key->order), n_c = sfm_surface_count(key->check_order);
    int largest = n_e < n_c ? n_e : n_c;
    if (ops->memory != NULL && sfm_operators_key_equal(&ops->key, key) && ops->n_e == n_e &&
        ops->n_c == n_c && ops->up_rank >= 0 && ops->up_rank <= largest &&
        ops->dn_rank == ops->up_rank)
        return 1;
    sfm_fail(
        STARFMM_ENUMERIC,
        "operators of order %d, %d with %d and %d points, ranks %d and %d: not those of "
        "order %d, %d",
        ops->key.order, ops->key.check_order, ops->n_e, ops->n_c, ops->up_rank,
        ops->dn_rank, key->order, key->check_order);
    return 0;
}

static int check_finite(const sfm_operators *ops)
{
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c, rank = (size_t)ops->up_rank;
    int valid = all_finite("sigma", rank, ops->sigma) &&
                all_finite("uc2e", rank * n_c, ops->uc2e[0]) &&
                all_finite("uc2e", rank * n_e, ops->uc2e[1]) &&
                all_finite("dc2e", rank * n_e, ops->dc2e[0]) &&
                all_finite("dc2e", rank * n_c, ops->dc2e[1]);
    for (int o = 0; o < 8 && valid; o++) valid = all_finite("m2m", n_e * n_e, ops->m2m[o]);
    return valid;
}

int sfm_operators_is_valid(const sfm_operators *ops, const sfm_operators_key *key)
{
    if (!check_shape(ops, key) || !check_finite(ops)) return 0;
    checker c = {.ops = ops,
                 .kernel = sfm_kernel_get(key->kernel),
                 .n_e = (size_t)ops->n_e,
                 .n_c = (size_t)ops->n_c,
                 .rank = (size_t)ops->up_rank,
                 .tolerance = ROUNDING + CUT_SAFETY * key->cutoff};
    sfm_blas_single_thread_begin();
    int valid = checker_create(&c) == STARFMM_OK && check_identities(&c);
    sfm_blas_single_thread_end();
    checker_free(&c);
    return valid;
}
