/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators of the unit box (half side 1, centre 0); YBZ sections 3.1 and 3.2.  With UC =
 * DE the outer surface, UE = DC the inner one, C = UE of the child in octant o (half side
 * 1/2, centre +-1/2, also its DC), and the SVD K(UC, UE) = U S V^T cut at the rank:
 *
 *   uc2e = K(UC, UE)^+ = V (S^-1 U^T)      dc2e = K(DC, DE)^+ = U (S^-1 V^T)
 *   m2m  = V ((S^-1 U^T) K(UC, C))
 *
 * K is symmetric, so K(DC, DE) = K(UC, UE)^T and K(C, DE) = K(UC, C)^T, and m2m^T = K(C,
 * DE) K(DC, DE)^+ is L2L, from check potential to check potential.  A potential is kept in
 * units of its box: raw(s x') = s^degree raw(x'), so that in the child's units it is
 * 2^degree m2m^T.
 *
 * K is invariant under reflections R, so that m2m[o](i, j) = m2m[0](R i, R j): one SVD and
 * one octant.
 */
#include "precompute/operators.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/blas.h"
#include "operators/surface.h"
#include "precompute/kernel_matrix.h"
#include "precompute/pinv.h"
#include "precompute/reflections.h"

int sfm_operators_key_equal(const sfm_operators_key *a, const sfm_operators_key *b)
{
    int equal = a->kernel == b->kernel && a->order == b->order &&
                a->check_order == b->check_order && a->alpha_inner == b->alpha_inner &&
                a->alpha_outer == b->alpha_outer && a->cutoff == b->cutoff &&
                a->floor == b->floor;
    for (int i = 0; i < STARFMM_MAX_PARAMS; i++)
        equal = equal && a->params[i] == b->params[i];
    return equal;
}

static starfmm_status check_key(const sfm_operators_key *key)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    if (kernel == NULL)
        return sfm_fail(STARFMM_EINVAL, "kernel %d is unknown", (int)key->kernel);
    if (key->order < 1 || key->order > SFM_MAX_ORDER)
        return sfm_fail(STARFMM_EINVAL, "order %d is not in 1..%d", key->order,
                        SFM_MAX_ORDER);
    if (key->check_order < 1 || key->check_order > SFM_MAX_CHECK_ORDER)
        return sfm_fail(STARFMM_EINVAL, "check_order %d is not in 1..%d", key->check_order,
                        SFM_MAX_CHECK_ORDER);
    if (!(key->alpha_inner > 0 && key->alpha_inner < key->alpha_outer &&
          isfinite(key->alpha_outer)))
        return sfm_fail(STARFMM_EINVAL, "surfaces at %g and %g: need 0 < inner < outer",
                        key->alpha_inner, key->alpha_outer);
    if (!(key->cutoff > 0 && key->cutoff < 1))
        return sfm_fail(STARFMM_EINVAL, "cutoff %g is not between 0 and 1", key->cutoff);
    if (!(key->floor >= 0 && isfinite(key->floor)))
        return sfm_fail(STARFMM_EINVAL,
                        "floor %g of the singular values is negative or absurd",
                        key->floor);
    return sfm_kernel_check_params(kernel, key->params);
}

/* Hand out the next `count` doubles of the block, on a cache line; with memory NULL only
 * count them. */
static double *carve(double *memory, size_t *used, size_t count)
{
    double *part = memory == NULL ? NULL : memory + *used;
    size_t line = SFM_ALIGN / sizeof(double);
    *used += (count + line - 1) / line * line;
    return part;
}

/* Point every array into the block; the number of doubles it takes. */
static size_t lay_out(sfm_operators *ops)
{
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c, rank = (size_t)ops->up_rank;
    size_t used = 0;
    ops->sigma = carve(ops->memory, &used, rank);
    ops->uc2e[0] = carve(ops->memory, &used, rank * n_c);
    ops->uc2e[1] = carve(ops->memory, &used, n_e * rank);
    ops->dc2e[0] = carve(ops->memory, &used, rank * n_e);
    ops->dc2e[1] = carve(ops->memory, &used, n_c * rank);
    for (int o = 0; o < 8; o++) ops->m2m[o] = carve(ops->memory, &used, n_e * n_e);
    return used;
}

starfmm_status sfm_operators_allocate(sfm_operators *ops, const sfm_operators_key *key,
                                      int rank)
{
    *ops = (sfm_operators){0};
    SFM_TRY(check_key(key));
    int n_e = sfm_surface_count(key->order), n_c = sfm_surface_count(key->check_order);
    if (rank < 0 || rank > n_e || rank > n_c)
        return sfm_fail(STARFMM_EINVAL, "rank %d of a %d x %d matrix", rank, n_c, n_e);
    *ops = (sfm_operators){
        .key = *key, .n_e = n_e, .n_c = n_c, .up_rank = rank, .dn_rank = rank};
    size_t count = lay_out(ops);
    ops->memory = sfm_alloc(count, sizeof(double));
    if (ops->memory == NULL) {
        *ops = (sfm_operators){0};
        return sfm_fail(STARFMM_ENOMEM,
                        "no memory for operators of order %d, %d: %zu bytes", key->order,
                        key->check_order, count * sizeof(double));
    }
    lay_out(ops);
    return STARFMM_OK;
}

void sfm_operators_free(sfm_operators *ops)
{
    sfm_free(ops->memory);
    *ops = (sfm_operators){0};
}

/* out (i, j) = in (image[i], image[j]), both [n][n]. */
static void permute(size_t n, const int *image, const double *in, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = in + (size_t)image[i] * n;
        for (size_t j = 0; j < n; j++) out[i * n + j] = row[image[j]];
    }
}

starfmm_status sfm_operators_expand(sfm_operators *ops)
{
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c, rank = (size_t)ops->up_rank;
    int *images;
    SFM_TRY(sfm_reflections_create(ops->key.order, &images));
    sfm_pinv_first_factor(n_c, rank, ops->sigma, ops->dc2e[1], ops->uc2e[0]);
    sfm_pinv_first_factor(n_e, rank, ops->sigma, ops->uc2e[1], ops->dc2e[0]);
    for (size_t o = 1; o < 8; o++) permute(n_e, images + o * n_e, ops->m2m[0], ops->m2m[o]);
    sfm_free(images);
    return STARFMM_OK;
}

/* What the derivation works on; freed as a whole. */
typedef struct workspace {
    sfm_points inner, outer, child;   /* UE = DC, UC = DE, and UE of octant 0 */
    int *inner_images, *outer_images; /* see reflections.h */
    double *matrix;                   /* [n_c][n_e], K(UC, UE), then K(UC, C) */
    double *projected;                /* [rank][n_e], (S^-1 U^T) K(UC, C) */
    sfm_pinv pinv;
} workspace;

static void workspace_free(workspace *w)
{
    sfm_points_free(&w->inner);
    sfm_points_free(&w->outer);
    sfm_points_free(&w->child);
    sfm_pinv_free(&w->pinv);
    sfm_free(w->inner_images);
    sfm_free(w->outer_images);
    sfm_free(w->matrix);
    sfm_free(w->projected);
}

static starfmm_status workspace_create(workspace *w, const sfm_operators_key *key)
{
    SFM_TRY(sfm_points_create(&w->inner, key->order, key->alpha_inner, 1.0, 0.0));
    SFM_TRY(sfm_points_create(&w->outer, key->check_order, key->alpha_outer, 1.0, 0.0));
    SFM_TRY(sfm_points_create(&w->child, key->order, key->alpha_inner, 0.5, -0.5));
    SFM_TRY(sfm_reflections_create(key->order, &w->inner_images));
    SFM_TRY(sfm_reflections_create(key->check_order, &w->outer_images));
    size_t n_e = (size_t)w->inner.n, n_c = (size_t)w->outer.n;
    w->matrix = sfm_alloc(n_c * n_e, sizeof(double));
    w->projected = sfm_alloc(n_e * n_e, sizeof(double));
    if (w->matrix == NULL || w->projected == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a %zu x %zu kernel matrix", n_c,
                        n_e);
    return STARFMM_OK;
}

/* U, V and S into the set, and the first factors with everything else that follows. */
static starfmm_status invert(workspace *w, const sfm_kernel *kernel, sfm_operators *ops,
                             const sfm_operators_key *key)
{
    size_t n_e = (size_t)w->inner.n, n_c = (size_t)w->outer.n;
    sfm_reflections_matrix(kernel, key->params, &w->outer, w->outer_images, &w->inner,
                           w->inner_images, w->matrix);
    SFM_TRY(sfm_pinv_compute(&w->pinv, n_c, n_e, w->matrix, key->cutoff, key->floor));
    size_t rank = w->pinv.rank;
    /* Elsewhere a zero matrix means a kernel that decays to nothing within a box. */
    if (rank == 0 && n_e == 1 && n_c == 1)
        return sfm_fail(
            STARFMM_ENUMERIC,
            "order 1 with check_order 1: both surfaces are the centre, where the "
            "kernel '%s' is 0",
            kernel->name);
    SFM_TRY(sfm_operators_allocate(ops, key, (int)rank));
    memcpy(ops->sigma, w->pinv.sigma, rank * sizeof(double));
    memcpy(ops->dc2e[1], w->pinv.u, n_c * rank * sizeof(double));
    memcpy(ops->uc2e[1], w->pinv.v, n_e * rank * sizeof(double));
    sfm_pinv_first_factor(n_c, rank, ops->sigma, ops->dc2e[1], ops->uc2e[0]);
    return STARFMM_OK;
}

/* m2m[0]. */
static void translate(workspace *w, const sfm_kernel *kernel, sfm_operators *ops)
{
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c, rank = (size_t)ops->up_rank;
    sfm_kernel_matrix(kernel, ops->key.params, &w->outer, &w->child, w->matrix);
    sfm_gemm_f64(0, 0, rank, n_e, n_c, 1.0, ops->uc2e[0], n_c, w->matrix, n_e, 0.0,
                 w->projected, n_e);
    sfm_gemm_f64(0, 0, n_e, n_e, rank, 1.0, ops->uc2e[1], rank, w->projected, n_e, 0.0,
                 ops->m2m[0], n_e);
}

starfmm_status sfm_operators_compute(sfm_operators *ops, const sfm_operators_key *key)
{
    workspace w = {0};
    *ops = (sfm_operators){0};
    SFM_TRY(check_key(key));
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    starfmm_status status = workspace_create(&w, key);
    sfm_blas_single_thread_begin();
    if (status == STARFMM_OK) status = invert(&w, kernel, ops, key);
    if (status == STARFMM_OK) {
        translate(&w, kernel, ops);
        status = sfm_operators_expand(ops);
    }
    sfm_blas_single_thread_end();
    workspace_free(&w);
    if (status != STARFMM_OK) sfm_operators_free(ops);
    return status;
}
