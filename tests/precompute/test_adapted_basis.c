/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/adapted_basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/cube_maps.h"
#include "operators/surface.h"
#include "precompute/kernel_matrix.h"
#include "tests/support/test.h"

static int product_of(int g, int h)
{
    const sfm_cube_map a = sfm_cube_map_get(g), b = sfm_cube_map_get(h);
    const int x[3] = {1, 2, 3};
    int bx[3], abx[3], y[3];
    sfm_cube_map_apply(&b, x, bx);
    sfm_cube_map_apply(&a, bx, abx);
    for (int k = 0; k < SFM_CUBE_MAPS; k++) {
        const sfm_cube_map c = sfm_cube_map_get(k);
        sfm_cube_map_apply(&c, x, y);
        if (memcmp(y, abx, sizeof y) == 0) return k;
    }
    return -1;
}

SFM_CASE(irreps_are_representations)
{
    for (int irrep = 0; irrep < SFM_IRREPS; irrep++) {
        int dim = sfm_irrep_dim(irrep);
        double worst = 0;
        for (int gh = 0; gh < SFM_CUBE_MAPS * SFM_CUBE_MAPS; gh++) {
            double a[9], b[9], ab[9];
            sfm_irrep_matrix(irrep, gh / SFM_CUBE_MAPS, a);
            sfm_irrep_matrix(irrep, gh % SFM_CUBE_MAPS, b);
            sfm_irrep_matrix(irrep, product_of(gh / SFM_CUBE_MAPS, gh % SFM_CUBE_MAPS), ab);
            for (int i = 0; i < dim * dim; i++) {
                double sum = 0;
                for (int k = 0; k < dim; k++)
                    sum += a[i / dim * dim + k] * b[k * dim + i % dim];
                worst = fmax(worst, fabs(sum - ab[i]));
            }
        }
        CHECKF(worst < 1e-15, "irrep %d: %g", irrep, worst);
    }
}

/* The great orthogonality theorem: sum over g of irrep(g)_mn other(g)_kl is 48 / dim where
 * all indices agree, else 0.  And the squares of the dimensions add up to 48: none is
 * missing. */
SFM_CASE(irreps_are_irreducible_and_all)
{
    int squares = 0;
    for (int p = 0; p < SFM_IRREPS; p++) {
        int m = sfm_irrep_dim(p);
        squares += m * m;
        for (int q = 0; q < SFM_IRREPS; q++) {
            int n = sfm_irrep_dim(q);
            double sum[9][9] = {{0}}, worst = 0;
            for (int g = 0; g < SFM_CUBE_MAPS; g++) {
                double a[9], b[9];
                sfm_irrep_matrix(p, g, a);
                sfm_irrep_matrix(q, g, b);
                for (int i = 0; i < m * m; i++)
                    for (int j = 0; j < n * n; j++) sum[i][j] += a[i] * b[j];
            }
            for (int i = 0; i < m * m; i++)
                for (int j = 0; j < n * n; j++)
                    worst =
                        fmax(worst, fabs(sum[i][j] - (p == q && i == j ? 48.0 / m : 0.0)));
            CHECKF(worst < 1e-13, "irreps %d and %d: %g", p, q, worst);
        }
    }
    CHECKF(squares == SFM_CUBE_MAPS, "%d", squares);
}

/* ---- bases -------------------------------------------------------------------------- */

static const uint8_t vector[] = {SFM_VECTOR};
static const uint8_t mixed[] = {SFM_SCALAR, SFM_SYMMETRIC_TENSOR, SFM_FULL_TENSOR};

static int functions_of(const sfm_adapted_basis *b, const sfm_orbit *o)
{
    return o->size * b->n_components;
}

/* Every point is in one orbit; on each orbit as many functions as values, orthonormal: so
 * they are complete.  And irreps, partners and copies count them all. */
static void check_complete(const sfm_adapted_basis *b, int order)
{
    int n_points = 0, copies[SFM_IRREPS] = {0};
    char *seen = calloc((size_t)b->n_points, 1);
    for (int k = 0; k < b->n_orbits; k++) {
        const sfm_orbit *o = &b->orbit[k];
        int n = functions_of(b, o), counted = 0;
        double worst = 0;
        for (int i = 0; i < o->size; i++) n_points += !seen[o->point[i]]++;
        for (int irrep = 0; irrep < b->n_irreps; irrep++) {
            CHECK(o->first[irrep] == counted && o->offset[irrep] == copies[irrep]);
            counted += sfm_irrep_dim(irrep) * o->copies[irrep];
            copies[irrep] += o->copies[irrep];
        }
        CHECKF(counted == n, "order %d, orbit %d: %d functions of %d", order, k, counted,
               n);
        for (int f = 0; f < n; f++)
            for (int g = 0; g < n; g++) {
                double sum = f == g ? -1 : 0;
                for (int i = 0; i < n; i++)
                    sum += o->function[f * n + i] * o->function[g * n + i];
                worst = fmax(worst, fabs(sum));
            }
        CHECKF(worst < 1e-14, "order %d, orbit %d: %g", order, k, worst);
    }
    CHECKF(n_points == b->n_points, "order %d: %d points in orbits", order, n_points);
    CHECKF(memcmp(copies, b->copies, sizeof copies) == 0, "order %d: copies", order);
    free(seen);
}

/* (g f_m)(g x) = D(g) f_m(x), and g f_m = sum over n of irrep(g)_nm f_n, on one orbit. */
static double wrong_turn(const sfm_adapted_basis *b, const uint8_t *tensor,
                         const int *images, const sfm_orbit *o, int g)
{
    const sfm_cube_map map = sfm_cube_map_get(g);
    int n = functions_of(b, o), place[6 * 17 * 17 + 2];
    double worst = 0;
    sfm_turn turn;
    sfm_turn_set(&turn, tensor, b->n_components, &map);
    for (int k = 0; k < o->size; k++) place[o->point[k]] = k;
    for (int irrep = 0; irrep < b->n_irreps; irrep++) {
        int dim = sfm_irrep_dim(irrep), copies = o->copies[irrep];
        double matrix[9];
        sfm_irrep_matrix(irrep, g, matrix);
        for (int ma = 0; ma < dim * copies; ma++) {
            const double *f = o->function + (o->first[irrep] + ma) * n;
            for (int ck = 0; ck < n; ck++) {
                int c = ck / o->size, k = ck % o->size;
                int to = place[images[g * b->n_points + o->point[k]]];
                double turned = turn.sign[c] * f[turn.from[c] * o->size + k];
                for (int m = 0; m < dim; m++)
                    turned -= matrix[m * dim + ma / copies] *
                              o->function[(o->first[irrep] + m * copies + ma % copies) * n +
                                          c * o->size + to];
                worst = fmax(worst, fabs(turned));
            }
        }
    }
    return worst;
}

static void check_basis(int order, int n_components, const uint8_t *tensor)
{
    sfm_adapted_basis b;
    int *images;
    double worst = 0;
    CHECK_OK(sfm_adapted_basis_create(&b, order, n_components, tensor, 1));
    CHECK_OK(sfm_surface_images(order, &images));
    check_complete(&b, order);
    for (int k = 0; k < b.n_orbits; k++)
        for (int g = 0; g < SFM_CUBE_MAPS; g++)
            worst = fmax(worst, wrong_turn(&b, tensor, images, &b.orbit[k], g));
    CHECKF(worst < 1e-14, "order %d, %d components: %g", order, n_components, worst);
    sfm_free(images);
    sfm_adapted_basis_free(&b);
}

SFM_CASE(bases_are_orthonormal_complete_and_turn_as_their_irreps)
{
    for (int order = 1; order <= 14; order++) check_basis(order, 1, NULL);
    for (int order = 1; order <= 6; order++) check_basis(order, 3, vector);
    for (int order = 1; order <= 3; order++) check_basis(order, 16, mixed);
}

SFM_CASE(without_symmetry_each_value_is_a_function)
{
    sfm_adapted_basis b;
    CHECK_OK(sfm_adapted_basis_create(&b, 4, 3, vector, 0));
    CHECK(b.n_orbits == 56 && b.n_irreps == 1 && b.copies[0] == 3 * 56);
    check_complete(&b, 4);
    for (int k = 0; k < b.n_orbits; k++)
        for (int i = 0; i < 9; i++) CHECK(b.orbit[k].function[i] == (i % 4 == 0));
    sfm_adapted_basis_free(&b);
}

/* Points move as the map says, and bitwise so. */
SFM_CASE(images_are_where_the_maps_take_the_points)
{
    static const double origin[3] = {0, 0, 0};
    for (int order = 1; order <= SFM_MAX_CHECK_ORDER; order++) {
        sfm_surface s;
        int *images, n_wrong = 0;
        CHECK_OK(sfm_surface_create(&s, order, SFM_OUTER_FORM, 1.0, origin));
        CHECK_OK(sfm_surface_images(order, &images));
        for (int g = 0; g < SFM_CUBE_MAPS; g++) {
            const sfm_cube_map map = sfm_cube_map_get(g);
            for (int i = 0; i < s.n; i++)
                for (int d = 0; d < 3; d++)
                    n_wrong +=
                        s.x[d][images[g * s.n + i]] != map.sign[d] * s.x[map.axis[d]][i];
        }
        CHECKF(n_wrong == 0, "order %d: %d coordinates", order, n_wrong);
        sfm_surface_free(&s);
        sfm_free(images);
    }
}

SFM_CASE(memory_may_fail_anywhere)
{
    sfm_adapted_basis b;
    starfmm_status status = STARFMM_ENOMEM;
    long n = 1;
    for (; n < 50 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_adapted_basis_create(&b, 3, 1, NULL, 1);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && b.orbit == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 6, "%ld allocations", n);
    sfm_adapted_basis_free(&b);
}

SFM_MAIN()
