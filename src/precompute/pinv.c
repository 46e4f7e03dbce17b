/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Per orbit of equivalent points the kernel matrix to the first point of every check orbit is
 * enough (the maps carry it to the others); multiplied by the basis functions on both sides it
 * adds up to the ten blocks, whose singular values are sorted together and cut at one place.
 */
#include "precompute/pinv.h"

#include <math.h>
#include <string.h>

#include "base/blas.h"
#include "base/memory.h"

/* The least floor: the inverse of a smaller singular value would leave the range of double.
 * Reached by kernels that decay exponentially, on boxes hundreds of decay lengths wide. */
#define SMALLEST_SIGMA 1e-290

static size_t max_orbit(const sfm_adapted_basis *basis)
{
    int largest = 0;
    for (int i = 0; i < basis->n_orbits; i++)
        if (basis->orbit[i].size > largest) largest = basis->orbit[i].size;
    return (size_t)(largest * basis->n_components);
}

/* ---- the blocks --------------------------------------------------------------------- */

/* What assembling the blocks works on; freed as a whole. */
typedef struct workspace {
    sfm_surface check, equiv;   /* all points */
    sfm_surface start, sources; /* the first point of each check orbit; `equiv` by orbits */
    double *matrix;             /* [n_check][n_orbits] x [n_equiv][orbit], of one orbit */
    double *applied;            /* [n_check][n_orbits] x [functions], times its functions */
    double *block[SFM_IRREPS];  /* [rows][columns] */
} workspace;

static void workspace_free(workspace *w)
{
    sfm_surface_free(&w->check);
    sfm_surface_free(&w->equiv);
    sfm_surface_free(&w->start);
    sfm_surface_free(&w->sources);
    sfm_free(w->matrix);
    sfm_free(w->applied);
    for (int i = 0; i < SFM_IRREPS; i++) sfm_free(w->block[i]);
}

static starfmm_status workspace_create(workspace *w, const sfm_pinv *p)
{
    const sfm_adapted_basis *check = &p->check, *equiv = &p->equiv;
    size_t count = (size_t)(check->n_components * check->n_orbits) * max_orbit(equiv);
    int *first = sfm_alloc((size_t)check->n_orbits, sizeof *first);
    if (first == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for a list of orbits");
    for (int i = 0; i < check->n_orbits; i++) first[i] = check->orbit[i].point[0];
    starfmm_status status =
        sfm_surface_select(&w->start, &w->check, check->n_orbits, first);
    sfm_free(first);
    SFM_TRY(status);
    SFM_TRY(sfm_surface_select(&w->sources, &w->equiv, equiv->n_points, equiv->points));
    w->matrix = sfm_alloc(count, sizeof(double));
    w->applied = sfm_alloc(count, sizeof(double));
    int complete = w->matrix != NULL && w->applied != NULL;
    for (int i = 0; i < check->n_irreps; i++) {
        const sfm_svd_block *b = &p->block[i];
        w->block[i] = sfm_alloc(b->rows * b->columns, sizeof(double));
        complete = complete && w->block[i] != NULL;
    }
    return complete ? STARFMM_OK
                    : sfm_fail(STARFMM_ENOMEM, "no memory for blocks of a %d x %d matrix",
                               check->n_points, equiv->n_points);
}

/*
 * Elements of irrep's block between two orbits.  K f_m^b transforms like f_m^b, so that its
 * product with f_m^a, averaged over partners, is known from the values at the first point
 * of the check orbit alone:
 *
 *   B(a, b) = size / dim  sum over m, components c of f_m^a(c, first) (K f_m^b)(c, first)
 */
static void project(const workspace *w, const sfm_pinv *p, int irrep, int check_orbit,
                    const sfm_orbit *source)
{
    const sfm_orbit *o = &p->check.orbit[check_orbit];
    int dim = sfm_irrep_dim(irrep), n_c = p->check.n_components;
    int n_functions = source->size * p->equiv.n_components;
    double scale = (double)o->size / dim;
    for (int a = 0; a < o->copies[irrep]; a++) {
        double *row = w->block[irrep] +
                      (size_t)(o->offset[irrep] + a) * p->block[irrep].columns +
                      source->offset[irrep];
        for (int b = 0; b < source->copies[irrep]; b++) {
            double sum = 0;
            for (int m = 0; m < dim; m++) {
                int f = o->first[irrep] + m * o->copies[irrep] + a;
                int g = source->first[irrep] + m * source->copies[irrep] + b;
                for (int c = 0; c < n_c; c++)
                    sum +=
                        o->function[(f * n_c + c) * o->size] *
                        w->applied[(c * p->check.n_orbits + check_orbit) * n_functions + g];
            }
            row[b] = scale * sum;
        }
    }
}

/* Fill the blocks, one orbit of densities after the other. */
static starfmm_status assemble(workspace *w, const sfm_pinv *p,
                               const sfm_block_kernel *kernel)
{
    size_t rows = (size_t)(p->check.n_components * p->check.n_orbits);
    for (int i = 0; i < p->equiv.n_orbits; i++) {
        const sfm_orbit *o = &p->equiv.orbit[i];
        size_t n = (size_t)(o->size * p->equiv.n_components);
        size_t at = (size_t)(o->point - p->equiv.points);
        const sfm_surface part = {
            .n = o->size,
            .x = {w->sources.x[0] + at, w->sources.x[1] + at, w->sources.x[2] + at}};
        SFM_TRY(sfm_kernel_matrix(kernel, &w->start, &part, w->matrix));
        sfm_gemm_f64(0, 1, rows, n, n, 1.0, w->matrix, n, o->function, n, 0.0, w->applied,
                     n);
        for (int irrep = 0; irrep < p->check.n_irreps; irrep++)
            for (int k = 0; k < p->check.n_orbits; k++) project(w, p, irrep, k, o);
    }
    return STARFMM_OK;
}

/* ---- their decompositions ----------------------------------------------------------- */

/* The sizes of the blocks and, in one piece of memory, room for their decompositions. */
static starfmm_status lay_out(sfm_pinv *p)
{
    size_t count = 0, used = 0;
    for (int i = 0; i < p->check.n_irreps; i++) {
        sfm_svd_block *b = &p->block[i];
        b->rows = (size_t)p->check.copies[i];
        b->columns = (size_t)p->equiv.copies[i];
        b->k = b->rows < b->columns ? b->rows : b->columns;
        count += b->k * (b->rows + 1 + b->columns);
    }
    p->memory = sfm_alloc(count, sizeof *p->memory);
    if (p->memory == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a decomposition of %zu values",
                        count);
    for (int i = 0; i < p->check.n_irreps; i++) {
        sfm_svd_block *b = &p->block[i];
        b->u = p->memory + used;
        b->sigma = b->u + b->rows * b->k;
        b->vt = b->sigma + b->k;
        used += b->k * (b->rows + 1 + b->columns);
    }
    return STARFMM_OK;
}

static starfmm_status decompose(sfm_svd_block *b, double *matrix)
{
    int info = sfm_svd_f64(b->rows, b->columns, matrix, b->u, b->sigma, b->vt);
    if (info == 0) return STARFMM_OK;
    if (info == SFM_SVD_NO_MEMORY)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the SVD of a %zu x %zu matrix",
                        b->rows, b->columns);
    return sfm_fail(STARFMM_ENUMERIC, "the SVD of a %zu x %zu matrix failed: info = %d",
                    b->rows, b->columns, info);
}

/* Which singular values are kept. */
static void cut(sfm_pinv *p, double cutoff, double floor)
{
    double largest = 0;
    for (int i = 0; i < p->check.n_irreps; i++)
        if (p->block[i].k > 0) largest = fmax(largest, p->block[i].sigma[0]);
    double smallest = fmax(fmax(cutoff * largest, floor), SMALLEST_SIGMA);
    for (int i = 0; i < p->check.n_irreps; i++) {
        sfm_svd_block *b = &p->block[i];
        b->first = p->rank;
        b->kept = 0;
        while (b->kept < b->k && b->sigma[b->kept] >= smallest) b->kept++;
        p->rank += (size_t)sfm_irrep_dim(i) * b->kept;
    }
}

static starfmm_status compute_blocks(workspace *w, sfm_pinv *p,
                                     const sfm_block_kernel *kernel)
{
    SFM_TRY(lay_out(p));
    SFM_TRY(workspace_create(w, p));
    SFM_TRY(assemble(w, p, kernel));
    for (int i = 0; i < p->check.n_irreps; i++)
        SFM_TRY(decompose(&p->block[i], w->block[i]));
    return STARFMM_OK;
}

starfmm_status sfm_pinv_compute(sfm_pinv *p, const sfm_block_kernel *kernel,
                                int check_order, sfm_surface_form check_form,
                                int equiv_order, sfm_surface_form equiv_form, double cutoff,
                                double floor)
{
    static const double origin[3] = {0, 0, 0};
    int symmetric = (kernel->symmetries & SFM_ISOTROPIC) != 0;
    workspace w = {0};
    *p = (sfm_pinv){0};
    starfmm_status status =
        sfm_surface_create(&w.check, check_order, check_form, 1.0, origin);
    if (status == STARFMM_OK)
        status = sfm_surface_create(&w.equiv, equiv_order, equiv_form, 1.0, origin);
    if (status == STARFMM_OK)
        status = sfm_adapted_basis_create(&p->check, check_order, kernel->n_check,
                                          kernel->check_tensor, symmetric);
    if (status == STARFMM_OK)
        status = sfm_adapted_basis_create(&p->equiv, equiv_order, kernel->n_equiv,
                                          kernel->equiv_tensor, symmetric);
    if (status == STARFMM_OK) status = compute_blocks(&w, p, kernel);
    if (status == STARFMM_OK) cut(p, cutoff, floor);
    workspace_free(&w);
    if (status != STARFMM_OK) sfm_pinv_free(p);
    return status;
}

void sfm_pinv_free(sfm_pinv *p)
{
    sfm_adapted_basis_free(&p->check);
    sfm_adapted_basis_free(&p->equiv);
    sfm_free(p->memory);
    *p = (sfm_pinv){0};
}

/* ---- dense factors ------------------------------------------------------------------ */

/*
 * Singular vectors of one irrep and partner on one orbit: `vectors` [copies][kept] times
 * the functions, to `values` [components][size] x [kept], and from there to their rows of
 * `columns` [n][rank], and by 1 / sigma to their columns of `rows` [rank][n].
 */
static void expand_on_orbit(const sfm_adapted_basis *basis, const sfm_orbit *o, int irrep,
                            int partner, const sfm_svd_block *b, size_t rank,
                            const double *vectors, double *values, double *columns,
                            double *rows)
{
    size_t copies = (size_t)o->copies[irrep], size = (size_t)o->size;
    size_t n_points = (size_t)basis->n_points, n = size * (size_t)basis->n_components;
    size_t first = b->first + (size_t)partner * b->kept;
    size_t function = (size_t)o->first[irrep] + (size_t)partner * copies;
    sfm_gemm_f64(1, 0, n, b->kept, copies, 1.0, o->function + function * n, n, vectors,
                 b->kept, 0.0, values, b->kept);
    for (size_t i = 0; i < n && columns != NULL; i++) {
        size_t at = i / size * n_points + (size_t)o->point[i % size];
        memcpy(columns + at * rank + first, values + i * b->kept, b->kept * sizeof *values);
    }
    for (size_t r = 0; r < b->kept && rows != NULL; r++) {
        double *row = rows + (first + r) * n_points * (size_t)basis->n_components;
        for (size_t i = 0; i < n; i++)
            row[i / size * n_points + (size_t)o->point[i % size]] =
                values[i * b->kept + r] / b->sigma[r];
    }
}

/* As above for all irreps, partners and orbits: U, or V. */
static starfmm_status expand(const sfm_pinv *p, const sfm_adapted_basis *basis, int of_v,
                             double *columns, double *rows)
{
    size_t largest = 0;
    for (int i = 0; i < basis->n_irreps; i++)
        if (p->block[i].kept > largest) largest = p->block[i].kept;
    size_t count = max_orbit(basis) * largest;
    double *values = sfm_alloc(2 * count, sizeof *values);
    if (values == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu singular vectors", largest);
    for (int i = 0; i < basis->n_irreps; i++) {
        const sfm_svd_block *b = &p->block[i];
        if (b->kept == 0) continue;
        for (int k = 0; k < basis->n_orbits; k++) {
            const sfm_orbit *o = &basis->orbit[k];
            double *vectors = values + count;
            for (size_t a = 0; a < (size_t)o->copies[i]; a++)
                for (size_t r = 0; r < b->kept; r++) {
                    size_t at = (size_t)o->offset[i] + a;
                    vectors[a * b->kept + r] =
                        of_v ? b->vt[r * b->columns + at] : b->u[at * b->k + r];
                }
            for (int m = 0; m < sfm_irrep_dim(i); m++)
                expand_on_orbit(basis, o, i, m, b, p->rank, vectors, values, columns, rows);
        }
    }
    sfm_free(values);
    return STARFMM_OK;
}

starfmm_status sfm_pinv_expand_u(const sfm_pinv *p, double *u, double *scaled_ut)
{
    return expand(p, &p->check, 0, u, scaled_ut);
}

starfmm_status sfm_pinv_expand_v(const sfm_pinv *p, double *v, double *scaled_vt)
{
    return expand(p, &p->equiv, 1, v, scaled_vt);
}
