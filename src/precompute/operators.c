/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators of the unit box (half side 1, centre 0); YBZ sections 3.1 and 3.2.  With UC =
 * DE the outer surface, UE = DC the inner one, C = UE of the child in octant o (half side
 * 1/2, centre +-1/2, also its DC), and the SVD K(UC, UE) = U S V^T cut at the rank:
 *
 *   uc2e = K(UC, UE)^+ = V (S^-1 U^T)      m2m = V ((S^-1 U^T) K(UC, C))
 *
 * and from the SVD of K(DC, DE), for L2L from check potential to check potential:
 *
 *   dc2e = K(DC, DE)^+                     l2l = K(C, DE) dc2e
 *
 * Lengths: raw(s x') = s^degree raw(x'), and some components have a degree more (see
 * block_kernel.h).  A potential, and a density with such a degree, is kept in units of its
 * box, so that in the child's units l2l is multiplied by 2^degree, and a column of m2m by a
 * power of 2.
 *
 * Symmetric kernels have K(DC, DE) = K(UC, UE)^T and K(C, DE) = K(UC, C)^T: one SVD, dc2e =
 * U (S^-1 V^T), and l2l = m2m^T.
 *
 * Isotropic kernels have m2m[R o](R i, R j) = D(R) m2m[o](i, j) D(R)^T for every map R of
 * the cube: of octant 0, which permutations of the axes keep in place, only columns of one
 * in about six points are derived, and of the other octants nothing.
 */
#include "precompute/operators.h"

#include <math.h>
#include <string.h>

#include "base/blas.h"
#include "base/memory.h"
#include "precompute/pinv.h"

int sfm_operators_key_equal(const sfm_operators_key *a, const sfm_operators_key *b)
{
    int equal = a->kernel == b->kernel && a->equiv == b->equiv && a->check == b->check &&
                a->order == b->order && a->check_order == b->check_order &&
                a->inner.alpha == b->inner.alpha && a->inner.bend == b->inner.bend &&
                a->outer.alpha == b->outer.alpha && a->outer.bend == b->outer.bend &&
                a->cutoff == b->cutoff && a->floor == b->floor;
    for (int i = 0; i < STARFMM_MAX_PARAMS; i++)
        equal = equal && a->params[i] == b->params[i];
    return equal;
}

static starfmm_status check_kernel(const sfm_block_kernel *kernel)
{
    int n_check = kernel->n_check, n_equiv = kernel->n_equiv;
    if (n_check < 1 || n_check > SFM_MAX_COMPONENTS || n_equiv < 1 ||
        n_equiv > SFM_MAX_COMPONENTS)
        return sfm_fail(STARFMM_EINVAL, "kernel '%s': %d x %d components, not 1..%d",
                        kernel->name, n_check, n_equiv, SFM_MAX_COMPONENTS);
    if (kernel->symmetries & SFM_SYMMETRIC && n_check != n_equiv)
        return sfm_fail(STARFMM_EINVAL,
                        "kernel '%s': %d x %d components cannot be symmetric", kernel->name,
                        n_check, n_equiv);
    return STARFMM_OK;
}

static starfmm_status check_key(const sfm_operators_key *key)
{
    if (key->order < 1 || key->order > SFM_MAX_ORDER)
        return sfm_fail(STARFMM_EINVAL, "order %d is not in 1..%d", key->order,
                        SFM_MAX_ORDER);
    if (key->check_order < 1 || key->check_order > SFM_MAX_CHECK_ORDER)
        return sfm_fail(STARFMM_EINVAL, "check_order %d is not in 1..%d", key->check_order,
                        SFM_MAX_CHECK_ORDER);
    double inner = key->inner.alpha, outer = key->outer.alpha;
    if (!(inner > 0 && inner < outer && isfinite(outer)))
        return sfm_fail(STARFMM_EINVAL, "surfaces at %g and %g: need 0 < inner < outer",
                        inner, outer);
    if (!(key->inner.bend == 0 && key->outer.bend >= 0 && key->outer.bend < M_PI / 2))
        return sfm_fail(STARFMM_EINVAL, "bends %g and %g: need 0 and 0 ... pi / 2",
                        key->inner.bend, key->outer.bend);
    if (!(key->cutoff > 0 && key->cutoff < 1))
        return sfm_fail(STARFMM_EINVAL, "cutoff %g is not between 0 and 1", key->cutoff);
    if (!(key->floor >= 0 && isfinite(key->floor)))
        return sfm_fail(STARFMM_EINVAL,
                        "floor %g of the singular values is negative or absurd",
                        key->floor);
    return STARFMM_OK;
}

/* ---- memory ------------------------------------------------------------------------- */

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
static size_t lay_out(sfm_operators *ops, unsigned symmetries)
{
    size_t inner_e = (size_t)(ops->n_equiv * ops->n_e);
    size_t inner_c = (size_t)(ops->n_check * ops->n_e);
    size_t outer_e = (size_t)(ops->n_equiv * ops->n_c);
    size_t outer_c = (size_t)(ops->n_check * ops->n_c);
    size_t up = (size_t)ops->up_rank, dn = (size_t)ops->dn_rank, used = 0;
    ops->uc2e[0] = carve(ops->memory, &used, up * outer_c);
    ops->uc2e[1] = carve(ops->memory, &used, inner_e * up);
    ops->dc2e[0] = carve(ops->memory, &used, dn * inner_c);
    ops->dc2e[1] = carve(ops->memory, &used, outer_e * dn);
    for (int o = 0; o < (symmetries & SFM_ISOTROPIC ? 1 : 8); o++) {
        ops->m2m[o] = ops->l2l[o] = carve(ops->memory, &used, inner_e * inner_e);
        if (!(symmetries & SFM_SYMMETRIC))
            ops->l2l[o] = carve(ops->memory, &used, inner_c * inner_c);
    }
    return used;
}

/* All arrays, empty, and what reflections do. */
static starfmm_status allocate(sfm_operators *ops, const sfm_operators_key *key,
                               const sfm_block_kernel *kernel, size_t up_rank,
                               size_t dn_rank)
{
    *ops = (sfm_operators){.key = *key,
                           .n_e = sfm_surface_count(key->order),
                           .n_c = sfm_surface_count(key->check_order),
                           .n_equiv = kernel->n_equiv,
                           .n_check = kernel->n_check,
                           .up_rank = (int)up_rank,
                           .dn_rank = (int)dn_rank};
    for (int o = 0; o < SFM_CUBE_REFLECTIONS; o++) {
        const sfm_cube_map map = sfm_cube_map_get(o);
        sfm_turn_set(&ops->equiv_turn[o], kernel->equiv_tensor, kernel->n_equiv, &map);
        sfm_turn_set(&ops->check_turn[o], kernel->check_tensor, kernel->n_check, &map);
    }
    SFM_TRY(sfm_surface_images(key->order, &ops->images));
    size_t count = lay_out(ops, kernel->symmetries);
    ops->memory = sfm_alloc(count, sizeof(double));
    if (ops->memory == NULL)
        return sfm_fail(STARFMM_ENOMEM,
                        "no memory for operators of order %d, %d: %zu bytes", key->order,
                        key->check_order, count * sizeof(double));
    lay_out(ops, kernel->symmetries);
    return STARFMM_OK;
}

void sfm_operators_free(sfm_operators *ops)
{
    sfm_free(ops->memory);
    sfm_free(ops->images);
    *ops = (sfm_operators){0};
}

/* ---- pseudo-inverses ---------------------------------------------------------------- */

static starfmm_status invert(sfm_operators *ops, const sfm_operators_key *key,
                             const sfm_block_kernel *kernel)
{
    int symmetric = (kernel->symmetries & SFM_SYMMETRIC) != 0;
    sfm_pinv up, dn = {0};
    SFM_TRY(sfm_pinv_compute(&up, kernel, key->check_order, key->outer, key->order,
                             key->inner, key->cutoff, key->floor));
    starfmm_status status = STARFMM_OK;
    if (!symmetric)
        status = sfm_pinv_compute(&dn, kernel, key->order, key->inner, key->check_order,
                                  key->outer, key->cutoff, key->floor);
    /* Elsewhere a zero matrix means a kernel that decays to nothing within a box. */
    if (status == STARFMM_OK && up.rank == 0 && key->order == 1 && key->check_order == 1)
        status = sfm_fail(STARFMM_ENUMERIC,
                          "order 1 with check_order 1: both surfaces are the centre, where "
                          "the kernel '%s' is 0",
                          kernel->name);
    if (status == STARFMM_OK)
        status = allocate(ops, key, kernel, up.rank, symmetric ? up.rank : dn.rank);
    if (status == STARFMM_OK)
        status = sfm_pinv_expand_u(&up, symmetric ? ops->dc2e[1] : NULL, ops->uc2e[0]);
    if (status == STARFMM_OK)
        status = sfm_pinv_expand_v(&up, ops->uc2e[1], symmetric ? ops->dc2e[0] : NULL);
    if (status == STARFMM_OK && !symmetric)
        status = sfm_pinv_expand_u(&dn, NULL, ops->dc2e[0]);
    if (status == STARFMM_OK && !symmetric)
        status = sfm_pinv_expand_v(&dn, ops->dc2e[1], NULL);
    sfm_pinv_free(&up);
    sfm_pinv_free(&dn);
    return status;
}

/* ---- translations ------------------------------------------------------------------- */

/* What the derivation of m2m and l2l works on; freed as a whole. */
typedef struct workspace {
    const sfm_block_kernel *kernel;
    const int *images;                      /* of the inner surface, ops->images */
    int n_maps, map[SFM_CUBE_PERMUTATIONS]; /* maps that keep octant 0, or map 0 alone */
    int n_starts;                           /* points, one of each orbit under these maps */
    int *start;                             /* [n_starts] */
    int *start_of, *to; /* [n_e] of point j: its orbit, and which map[] leads there */
    sfm_surface outer;
    double *matrix;  /* kernel between outer surface and starts */
    double *product; /* [rank][components n_starts] */
    double *columns; /* [components n_e][components n_starts] of m2m or l2l */
} workspace;

static void workspace_free(workspace *w)
{
    sfm_free(w->start);
    sfm_surface_free(&w->outer);
    sfm_free(w->matrix);
    sfm_free(w->product);
    sfm_free(w->columns);
}

/* The first point of each orbit.  A map that fixes a start may stand for map 0. */
static void find_starts(workspace *w, size_t n_e)
{
    for (size_t j = 0; j < n_e; j++) w->to[j] = -1;
    for (size_t j = 0; j < n_e; j++) {
        if (w->to[j] >= 0) continue;
        for (int k = 0; k < w->n_maps; k++) {
            int image = w->images[(size_t)w->map[k] * n_e + j];
            w->to[image] = k;
            w->start_of[image] = w->n_starts;
        }
        w->start[w->n_starts++] = (int)j;
    }
}

static starfmm_status workspace_create(workspace *w, const sfm_operators *ops,
                                       const sfm_block_kernel *kernel)
{
    static const double origin[3] = {0, 0, 0};
    const sfm_operators_key *key = &ops->key;
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c;
    size_t rank = (size_t)(ops->up_rank > ops->dn_rank ? ops->up_rank : ops->dn_rank);
    size_t equiv = (size_t)ops->n_equiv, check = (size_t)ops->n_check;
    size_t largest = equiv > check ? equiv : check;
    *w = (workspace){.kernel = kernel, .images = ops->images, .n_maps = 1};
    if (kernel->symmetries & SFM_ISOTROPIC) w->n_maps = SFM_CUBE_PERMUTATIONS;
    for (int k = 0; k < w->n_maps; k++) w->map[k] = k * SFM_CUBE_REFLECTIONS;
    SFM_TRY(sfm_surface_create(&w->outer, key->check_order, key->outer, 1.0, origin));
    w->start = sfm_alloc(3 * n_e, sizeof *w->start);
    if (w->start == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu points", n_e);
    w->start_of = w->start + n_e;
    w->to = w->start_of + n_e;
    find_starts(w, n_e);
    size_t starts = (size_t)w->n_starts;
    w->matrix = sfm_alloc(equiv * n_c * check * starts, sizeof(double));
    w->product = sfm_alloc(rank * largest * starts, sizeof(double));
    w->columns = sfm_alloc(largest * n_e * largest * starts, sizeof(double));
    if (w->matrix == NULL || w->product == NULL || w->columns == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a %zu x %zu kernel matrix", n_c,
                        n_e);
    return STARFMM_OK;
}

/*
 * out [n][n], n = components x n_e, from its columns at the starts:  with j = R start,
 *
 *   out((b, i), (a, j)) = the element of D(R) column D(R)^T at (b, R^-1 i), (a, start)
 *
 * times 2^degree of a.  R permutes axes and reverses none, so D(R) has no signs.
 */
static void spread_columns(const workspace *w, size_t n_e, int n_components,
                           const uint8_t *tensor, const int8_t *degree, double *out)
{
    size_t n_starts = (size_t)w->n_starts, width = (size_t)n_components * n_starts;
    sfm_turn turn[SFM_CUBE_PERMUTATIONS];
    const int *back[SFM_CUBE_PERMUTATIONS];
    for (int k = 0; k < w->n_maps; k++) {
        const sfm_cube_map map = sfm_cube_map_get(w->map[k]);
        sfm_turn_set(&turn[k], tensor, n_components, &map);
        back[k] = w->images + (size_t)sfm_cube_map_inverse(w->map[k]) * n_e;
    }
    for (int b = 0; b < n_components; b++)
        for (size_t i = 0; i < n_e; i++)
            for (int a = 0; a < n_components; a++) {
                const double *row[SFM_CUBE_PERMUTATIONS];
                for (int k = 0; k < w->n_maps; k++)
                    row[k] = w->columns +
                             ((size_t)turn[k].from[b] * n_e + (size_t)back[k][i]) * width +
                             (size_t)turn[k].from[a] * n_starts;
                double unit = degree == NULL ? 1.0 : ldexp(1.0, degree[a]);
                for (size_t j = 0; j < n_e; j++)
                    *out++ = unit * row[w->to[j]][w->start_of[j]];
            }
}

/* Both of one octant: kernel values at the starts, the two factors, all columns. */
static starfmm_status translate(workspace *w, sfm_operators *ops, int octant)
{
    const sfm_block_kernel *kernel = w->kernel;
    size_t n_e = (size_t)ops->n_e, n_c = (size_t)ops->n_c, starts = (size_t)w->n_starts;
    size_t up = (size_t)ops->up_rank, dn = (size_t)ops->dn_rank;
    size_t equiv = (size_t)ops->n_equiv, check = (size_t)ops->n_check;
    double centre[3];
    sfm_surface child, at_starts = {0};
    for (int d = 0; d < 3; d++) centre[d] = octant >> d & 1 ? 0.5 : -0.5;
    SFM_TRY(sfm_surface_create(&child, ops->key.order, ops->key.inner, 0.5, centre));
    starfmm_status status = sfm_surface_select(&at_starts, &child, w->n_starts, w->start);
    if (status == STARFMM_OK)
        status = sfm_kernel_matrix(kernel, &w->outer, &at_starts, w->matrix);
    if (status == STARFMM_OK) {
        size_t n = equiv * starts;
        sfm_gemm_f64(0, 0, up, n, check * n_c, 1.0, ops->uc2e[0], check * n_c, w->matrix, n,
                     0.0, w->product, n);
        sfm_gemm_f64(0, 0, equiv * n_e, n, up, 1.0, ops->uc2e[1], up, w->product, n, 0.0,
                     w->columns, n);
        spread_columns(w, n_e, ops->n_equiv, kernel->equiv_tensor, kernel->equiv_degree,
                       ops->m2m[octant]);
    }
    int separate = ops->l2l[octant] != ops->m2m[octant];
    if (status == STARFMM_OK && separate)
        status = sfm_kernel_matrix(kernel, &at_starts, &w->outer, w->matrix);
    if (status == STARFMM_OK && separate) {
        size_t n = check * starts, outer = equiv * n_c;
        sfm_gemm_f64(1, 1, dn, n, outer, 1.0, ops->dc2e[1], dn, w->matrix, outer, 0.0,
                     w->product, n);
        sfm_gemm_f64(1, 0, check * n_e, n, dn, 1.0, ops->dc2e[0], check * n_e, w->product,
                     n, 0.0, w->columns, n);
        spread_columns(w, n_e, ops->n_check, kernel->check_tensor, kernel->check_degree,
                       ops->l2l[octant]);
    }
    sfm_surface_free(&child);
    sfm_surface_free(&at_starts);
    return status;
}

starfmm_status sfm_operators_derive(sfm_operators *ops, const sfm_operators_key *key,
                                    const sfm_block_kernel *kernel)
{
    workspace w = {0};
    *ops = (sfm_operators){0};
    SFM_TRY(check_key(key));
    SFM_TRY(check_kernel(kernel));
    SFM_TRY(sfm_blas_begin(1));
    starfmm_status status = invert(ops, key, kernel);
    if (status == STARFMM_OK) status = workspace_create(&w, ops, kernel);
    for (int o = 0; o < 8 && status == STARFMM_OK && ops->m2m[o] != NULL; o++)
        status = translate(&w, ops, o);
    sfm_blas_end();
    workspace_free(&w);
    if (status != STARFMM_OK) sfm_operators_free(ops);
    return status;
}

starfmm_status sfm_operators_compute(sfm_operators *ops, const sfm_operators_key *key)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    *ops = (sfm_operators){0};
    if (kernel == NULL)
        return sfm_fail(STARFMM_EINVAL, "kernel %d is unknown", (int)key->kernel);
    const sfm_block_kernel block =
        sfm_block_kernel_of(kernel, key->equiv, key->check, key->params);
    return sfm_operators_derive(ops, key, &block);
}

/* ---- all octants -------------------------------------------------------------------- */

/* out = S first S for the reflection of an octant, both [n_components n_e] squared. */
static void reflect(const sfm_operators *ops, int octant, int n_components,
                    const sfm_turn *turn, const double *first, double *out)
{
    size_t n_e = (size_t)ops->n_e, n = (size_t)n_components * n_e;
    const int *image = ops->images + (size_t)octant * n_e;
    for (int b = 0; b < n_components; b++)
        for (size_t i = 0; i < n_e; i++) {
            const double *row = first + ((size_t)b * n_e + (size_t)image[i]) * n;
            for (int a = 0; a < n_components; a++) {
                double sign = turn->sign[b] * turn->sign[a];
                for (size_t j = 0; j < n_e; j++) *out++ = sign * row[image[j]];
                row += n_e;
            }
        }
}

void sfm_operators_m2m(const sfm_operators *ops, int octant, double *out)
{
    size_t n = (size_t)(ops->n_equiv * ops->n_e);
    if (ops->m2m[octant] != NULL)
        memcpy(out, ops->m2m[octant], n * n * sizeof *out);
    else
        reflect(ops, octant, ops->n_equiv, &ops->equiv_turn[octant], ops->m2m[0], out);
}

void sfm_operators_l2l(const sfm_operators *ops, int octant, double *out)
{
    size_t n = (size_t)(ops->n_check * ops->n_e);
    if (ops->l2l[octant] != NULL)
        memcpy(out, ops->l2l[octant], n * n * sizeof *out);
    else
        reflect(ops, octant, ops->n_check, &ops->check_turn[octant], ops->l2l[0], out);
}
