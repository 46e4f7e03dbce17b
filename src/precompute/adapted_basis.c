/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The basis is made orbit by orbit.  What a function may be at the orbit's first point, the maps
 * that keep this point must not change: the range of a projector, their average.  An orthonormal
 * basis of it gives the copies of the irrep, whose matrices carry each to the other points.
 */
#include "precompute/adapted_basis.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/cube_maps.h"
#include "operators/surface.h"
#include "precompute/kernel_matrix.h"

/* ---- irreps ------------------------------------------------------------------------- */

/*
 * The maps are signed permutations.  Their irreps are those of the permutations of three
 * axes that have dimension 1 (trivial, or the permutation's sign) and 2 (the plane normal
 * to (1, 1, 1)), and the maps themselves of dimension 3, each times the signs that tell
 * them apart.
 */
static const struct {
    int dim, permutation_sign, reflection_sign;
} irreps[SFM_IRREPS] = {{1, 0, 0}, {1, 1, 0}, {1, 0, 1}, {1, 1, 1}, {2, 0, 0},
                        {2, 0, 1}, {3, 0, 0}, {3, 1, 0}, {3, 0, 1}, {3, 1, 1}};

int sfm_irrep_dim(int irrep)
{
    return irreps[irrep].dim;
}

void sfm_irrep_matrix(int irrep, int g, double *matrix)
{
    const double s2 = sqrt(0.5), s6 = sqrt(1.0 / 6);
    const double plane[2][3] = {{s2, -s2, 0}, {s6, s6, -2 * s6}};
    const sfm_cube_map map = sfm_cube_map_get(g);
    int dim = irreps[irrep].dim, sign = 1;
    if (irreps[irrep].permutation_sign) sign *= map.permutation_sign;
    if (irreps[irrep].reflection_sign) sign *= map.reflection_sign;
    for (int m = 0; m < dim; m++)
        for (int n = 0; n < dim; n++) {
            double value = 1;
            if (dim == 3) value = map.axis[m] == n ? map.sign[m] : 0;
            if (dim == 2) {
                value = 0;
                for (int d = 0; d < 3; d++) value += plane[m][d] * plane[n][map.axis[d]];
            }
            matrix[m * dim + n] = sign * value;
        }
}

/* ---- functions of one orbit --------------------------------------------------------- */

/* What the functions of an orbit are made from. */
typedef struct orbit_maps {
    int n_components, n_maps;
    const uint8_t *tensor;
    sfm_turn turn[SFM_CUBE_MAPS];
    double matrix[SFM_IRREPS][SFM_CUBE_MAPS][9];
    int to[SFM_CUBE_MAPS];     /* a map that takes the first point to point k */
    int fixing[SFM_CUBE_MAPS]; /* maps that keep the first point */
    int n_fixing;
} orbit_maps;

/* Values at the first point of partners n = 0 ... dim - 1 in components c. */
typedef double start_value[SFM_MAX_COMPONENTS * 3];

/*
 * The values W [c][n] that the maps h fixing the point leave as they are, D(h) W irrep(h)^T
 * = W: an orthonormal basis, and its size.  They are the range of the projector that
 * averages over h; what is left of it after each vector is a projector again, so that its
 * largest diagonal element, which is at least 1 over its size, gives the next.  The sum
 * over h is kept instead of the average, since sums of signs are exact.
 */
static int find_start_values(const orbit_maps *o, int irrep, start_value *basis)
{
    int dim = irreps[irrep].dim, size = o->n_components * dim, n = 0;
    double sum[SFM_MAX_COMPONENTS * 3][SFM_MAX_COMPONENTS * 3] = {{0}};
    for (int i = 0; i < o->n_fixing; i++) {
        const sfm_turn *turn = &o->turn[o->fixing[i]];
        const double *matrix = o->matrix[irrep][o->fixing[i]];
        for (int cm = 0; cm < size; cm++) {
            int c = cm / dim, m = cm % dim;
            for (int k = 0; k < dim; k++)
                sum[cm][turn->from[c] * dim + k] += turn->sign[c] * matrix[m * dim + k];
        }
    }
    for (;; n++) {
        int largest = 0;
        for (int i = 1; i < size; i++)
            if (sum[i][i] > sum[largest][largest]) largest = i;
        double square = sum[largest][largest] * o->n_fixing;
        if (sum[largest][largest] < 0.5 * o->n_fixing / (3 * SFM_MAX_COMPONENTS)) return n;
        for (int i = 0; i < size; i++) basis[n][i] = sum[i][largest] / sqrt(square);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                sum[i][j] -= o->n_fixing * basis[n][i] * basis[n][j];
    }
}

/* f_m(g x) = sqrt(dim / size) D(g) sum over n of irrep(g)_mn W_n. */
static void spread(const orbit_maps *o, const sfm_orbit *orbit, int irrep, int partner,
                   const double *start, double *function)
{
    int dim = irreps[irrep].dim;
    double scale = sqrt((double)dim / orbit->size);
    for (int k = 0; k < orbit->size; k++) {
        const sfm_turn *turn = &o->turn[o->to[k]];
        const double *matrix = o->matrix[irrep][o->to[k]];
        for (int c = 0; c < o->n_components; c++) {
            double sum = 0;
            for (int n = 0; n < dim; n++)
                sum += matrix[partner * dim + n] * start[turn->from[c] * dim + n];
            function[c * orbit->size + k] = scale * turn->sign[c] * sum;
        }
    }
}

static void fill_functions(const orbit_maps *o, sfm_adapted_basis *basis, sfm_orbit *orbit)
{
    start_value start[SFM_MAX_COMPONENTS * 3];
    double *function = orbit->function;
    int n_functions = 0;
    for (int irrep = 0; irrep < basis->n_irreps; irrep++) {
        int copies = find_start_values(o, irrep, start);
        orbit->first[irrep] = n_functions;
        orbit->copies[irrep] = copies;
        orbit->offset[irrep] = basis->copies[irrep];
        basis->copies[irrep] += copies;
        n_functions += irreps[irrep].dim * copies;
        for (int m = 0; m < irreps[irrep].dim; m++)
            for (int a = 0; a < copies; a++, function += orbit->size * o->n_components)
                spread(o, orbit, irrep, m, start[a], function);
    }
}

/* ---- orbits ------------------------------------------------------------------------- */

/* The orbit of point `first`, its points to *points on; they are marked in `taken`. */
static void collect_orbit(orbit_maps *o, int n_points, const int *images, int first,
                          char *taken, int *points, sfm_orbit *orbit)
{
    *orbit = (sfm_orbit){.point = points};
    o->n_fixing = 0;
    for (int g = 0; g < o->n_maps; g++) {
        int image = images[g * n_points + first];
        if (image == first) o->fixing[o->n_fixing++] = g;
        if (taken[image]) continue;
        taken[image] = 1;
        o->to[orbit->size] = g;
        points[orbit->size++] = image;
    }
}

static void fill_orbits(sfm_adapted_basis *basis, orbit_maps *o, const int *images,
                        char *taken)
{
    int n = basis->n_points, *points = basis->points;
    double *function = basis->functions;
    for (int g = 0; g < o->n_maps; g++) {
        const sfm_cube_map map = sfm_cube_map_get(g);
        sfm_turn_set(&o->turn[g], o->tensor, o->n_components, &map);
        for (int irrep = 0; irrep < basis->n_irreps; irrep++)
            sfm_irrep_matrix(irrep, g, o->matrix[irrep][g]);
    }
    memset(taken, 0, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (taken[i]) continue;
        sfm_orbit *orbit = &basis->orbit[basis->n_orbits++];
        collect_orbit(o, n, images, i, taken, points, orbit);
        orbit->function = function;
        fill_functions(o, basis, orbit);
        size_t values = (size_t)(orbit->size * o->n_components);
        function += values * values;
        points += orbit->size;
    }
}

starfmm_status sfm_adapted_basis_create(sfm_adapted_basis *basis, int order,
                                        int n_components, const uint8_t *tensor,
                                        int symmetric)
{
    orbit_maps o = {.n_components = n_components,
                    .n_maps = symmetric ? SFM_CUBE_MAPS : 1,
                    .tensor = tensor};
    size_t n = (size_t)sfm_surface_count(order), c = (size_t)n_components;
    int *images;
    *basis = (sfm_adapted_basis){.n_points = (int)n,
                                 .n_components = n_components,
                                 .n_irreps = symmetric ? SFM_IRREPS : 1};
    SFM_TRY(sfm_surface_images(order, &images));
    char *taken = sfm_alloc(n, 1);
    basis->points = sfm_alloc(n, sizeof *basis->points);
    basis->orbit = sfm_alloc(n, sizeof *basis->orbit);
    /* An orbit has at most as many points as there are maps. */
    basis->functions = sfm_alloc(n * c * (size_t)o.n_maps * c, sizeof *basis->functions);
    int complete = taken != NULL && basis->points != NULL && basis->orbit != NULL &&
                   basis->functions != NULL;
    if (complete) fill_orbits(basis, &o, images, taken);
    sfm_free(taken);
    sfm_free(images);
    if (complete) return STARFMM_OK;
    sfm_adapted_basis_free(basis);
    return sfm_fail(STARFMM_ENOMEM, "no memory for the basis of a surface of order %d",
                    order);
}

void sfm_adapted_basis_free(sfm_adapted_basis *basis)
{
    sfm_free(basis->orbit);
    sfm_free(basis->points);
    sfm_free(basis->functions);
    *basis = (sfm_adapted_basis){0};
}
