/* SPDX-License-Identifier: BSD-3-Clause */
/* One vector of densities taken from box to box, by kernel matrices a slice at a time. */
#include "precompute/measure.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "precompute/kernel_matrix.h"

#define N_POINTS 32 /* sources, and targets */
#define N_SLICE 64  /* points whose matrix is made at a time */
#define DISTANCE 4  /* of the centres, in half sides, along x */
/* Of the potentials of near sources: what is smaller far away is not missed. */
#define NEGLIGIBLE 0.01

int sfm_kernel_is_measured(const sfm_kernel *kernel)
{
    int is_builtin =
        sfm_kernel_get(kernel->id) == kernel && kernel->id <= STARFMM_ELASTICITY;
    return !is_builtin || kernel->properties & STARFMM_COMPLEX;
}

/* out [n_check][trg->n] = K (trg + shift, src) in [n_equiv][src->n]. */
static starfmm_status apply_kernel(const sfm_block_kernel *k, const sfm_surface *trg,
                                   double shift, const sfm_surface *src, const double *in,
                                   double *out)
{
    const size_t columns = (size_t)(k->n_equiv * src->n);
    double *matrix = sfm_alloc((size_t)k->n_check * N_SLICE * columns, sizeof *matrix);
    double x[3 * N_SLICE];
    starfmm_status status = STARFMM_OK;
    if (!matrix) return sfm_fail(STARFMM_ENOMEM, "no memory to measure '%s'", k->name);
    for (int at = 0; at < trg->n && status == STARFMM_OK; at += N_SLICE) {
        const int n = trg->n - at < N_SLICE ? trg->n - at : N_SLICE;
        const sfm_surface slice = {n, {x, x + n, x + 2 * n}};
        for (int i = 0; i < n; i++)
            for (int d = 0; d < 3; d++)
                slice.x[d][i] = trg->x[d][at + i] + (d == 0 ? shift : 0);
        status = sfm_kernel_matrix(k, &slice, src, matrix);
        for (int row = 0; row < k->n_check * n && status == STARFMM_OK; row++) {
            double sum = 0;
            for (size_t j = 0; j < columns; j++)
                sum += matrix[(size_t)row * columns + j] * in[j];
            out[row / n * trg->n + at + row % n] = sum;
        }
    }
    sfm_free(matrix);
    return status;
}

/* out [rows] = second [rows][rank] (first [rank][columns] in). */
static starfmm_status apply_factors(double *const factor[2], int rank, size_t columns,
                                    size_t rows, const double *in, double *out)
{
    double *mid = sfm_alloc((size_t)rank + 1, sizeof *mid);
    if (!mid) return sfm_fail(STARFMM_ENOMEM, "no memory for %d numbers", rank);
    for (size_t i = 0; i < (size_t)rank; i++) {
        mid[i] = 0;
        for (size_t j = 0; j < columns; j++) mid[i] += factor[0][i * columns + j] * in[j];
    }
    for (size_t i = 0; i < rows; i++) {
        out[i] = 0;
        for (size_t j = 0; j < (size_t)rank; j++)
            out[i] += factor[1][i * (size_t)rank + j] * mid[j];
    }
    sfm_free(mid);
    return STARFMM_OK;
}

/* Densities of a box to potentials at points of another, which is DISTANCE off. */
static starfmm_status send_far(const sfm_operators *ops, const sfm_block_kernel *k,
                               const sfm_surface *inner, const sfm_surface *outer,
                               const sfm_surface *y, const double *q, const sfm_surface *x,
                               double *found)
{
    const size_t e = (size_t)ops->n_e, c = (size_t)ops->n_c;
    const size_t most =
        (size_t)(k->n_equiv > k->n_check ? k->n_equiv : k->n_check) * (e > c ? e : c);
    double *check = sfm_alloc(2 * most, sizeof *check);
    if (!check) return sfm_fail(STARFMM_ENOMEM, "no memory to measure '%s'", k->name);
    double *density = check + most;
    const size_t n_equiv = (size_t)k->n_equiv, n_check = (size_t)k->n_check;
    starfmm_status status = apply_kernel(k, outer, 0, y, q, check);
    if (status == STARFMM_OK)
        status = apply_factors(ops->uc2e, ops->up_rank, n_check * c, n_equiv * e, check,
                               density);
    if (status == STARFMM_OK)
        status = apply_kernel(k, inner, DISTANCE, inner, density, check);
    if (status == STARFMM_OK)
        status = apply_factors(ops->dc2e, ops->dn_rank, n_check * e, n_equiv * c, check,
                               density);
    if (status == STARFMM_OK) status = apply_kernel(k, x, 0, outer, density, found);
    sfm_free(check);
    return status;
}

static double norm(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < N_POINTS; i++) sum += pow(a[i] - (b ? b[i] : 0), 2);
    return sqrt(sum);
}

static starfmm_status compare(const sfm_operators *ops, const sfm_block_kernel *k,
                              const sfm_surface *inner, const sfm_surface *outer,
                              double *error)
{
    double points[6 * N_POINTS], q[STARFMM_MAX_COMPONENTS * N_POINTS];
    double found[STARFMM_MAX_COMPONENTS * N_POINTS],
        exact[STARFMM_MAX_COMPONENTS * N_POINTS];
    double near[STARFMM_MAX_COMPONENTS * N_POINTS];
    uint64_t state = 3;
    for (int i = 0; i < 6 * N_POINTS; i++) points[i] = sfm_kernel_random(&state);
    for (int i = 0; i < k->n_equiv * N_POINTS; i++) q[i] = sfm_kernel_random(&state);
    sfm_surface y = {N_POINTS, {0}}, x = y;
    for (int d = 0; d < 3; d++) {
        y.x[d] = points + d * N_POINTS;
        x.x[d] = points + (3 + d) * N_POINTS;
    }
    SFM_TRY(send_far(ops, k, inner, outer, &y, q, &x, found));
    SFM_TRY(apply_kernel(k, &x, DISTANCE, &y, q, exact));
    SFM_TRY(apply_kernel(k, &x, 0, &y, q, near));
    *error = 0;
    for (int b = 0; b < k->n_check * N_POINTS; b += N_POINTS) {
        double size = fmax(norm(exact + b, NULL), NEGLIGIBLE * norm(near + b, NULL));
        double off = norm(found + b, exact + b);
        if (off > 0 && !(off <= *error * size)) *error = off / size;
    }
    return STARFMM_OK;
}

starfmm_status sfm_operators_measure(const sfm_operators *ops,
                                     const sfm_block_kernel *kernel, double *error)
{
    const double centre[3] = {0};
    sfm_surface inner = {0}, outer = {0};
    const sfm_operators_key *key = &ops->key;
    starfmm_status status =
        sfm_surface_create(&inner, key->order, key->alpha_inner, 1, centre);
    if (status == STARFMM_OK)
        status = sfm_surface_create(&outer, key->check_order, key->alpha_outer, 1, centre);
    if (status == STARFMM_OK) status = compare(ops, kernel, &inner, &outer, error);
    sfm_surface_free(&inner);
    sfm_surface_free(&outer);
    return status;
}
