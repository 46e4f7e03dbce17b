/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/cube_maps.h"

#include <math.h>
#include <string.h>

#include "tests/support/block_kernels.h"
#include "tests/support/test.h"

/* The map as a matrix. */
static void to_matrix(int g, int r[3][3])
{
    const sfm_cube_map map = sfm_cube_map_get(g);
    memset(r, 0, 9 * sizeof(int));
    for (int d = 0; d < 3; d++) r[d][map.axis[d]] = map.sign[d];
}

static int product_of(int g, int h)
{
    int a[3][3], b[3][3], found = -1;
    to_matrix(g, a), to_matrix(h, b);
    int ab[3][3] = {{0}};
    for (int i = 0; i < 27; i++)
        ab[i / 9][i % 3] += a[i / 9][i / 3 % 3] * b[i / 3 % 3][i % 3];
    for (int k = 0; k < SFM_CUBE_MAPS; k++) {
        int c[3][3];
        to_matrix(k, c);
        if (memcmp(c, ab, sizeof c) == 0) found = k;
    }
    return found;
}

SFM_CASE(the_maps_are_a_group)
{
    for (int g = 0; g < SFM_CUBE_MAPS; g++) {
        int inverse = sfm_cube_map_inverse(g);
        CHECKF(product_of(g, inverse) == 0, "map %d, inverse %d", g, inverse);
        for (int h = 0; h < SFM_CUBE_MAPS; h++) {
            int k = product_of(g, h);
            CHECKF(k >= 0, "%d times %d", g, h);
            CHECKF((k == g) == (h == 0), "%d times %d is %d", g, h, k);
        }
    }
}

SFM_CASE(reflections_come_first_and_permutations_keep_the_octant)
{
    const int corner[3] = {-1, -1, -1};
    for (int g = 0; g < SFM_CUBE_MAPS; g++) {
        const sfm_cube_map map = sfm_cube_map_get(g);
        int image[3], octant = 0;
        sfm_cube_map_apply(&map, corner, image);
        for (int d = 0; d < 3; d++) octant |= (image[d] > 0) << d;
        CHECKF(octant == g % SFM_CUBE_REFLECTIONS, "map %d: octant 0 to %d", g, octant);
        if (g < SFM_CUBE_REFLECTIONS)
            CHECKF(map.axis[0] == 0 && map.axis[1] == 1, "map %d permutes", g);
        int r[3][3], p = map.permutation_sign, s = map.reflection_sign;
        to_matrix(g, r);
        int determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
                          r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
                          r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
        CHECKF(determinant == p * s, "map %d: %d, %d * %d", g, determinant, p, s);
    }
}

/* Tensors made of a vector v turn to those made of R v; a scalar stays. */
SFM_CASE(components_turn_with_the_vectors_they_are_made_of)
{
    static const uint8_t tensor[] = {SFM_SYMMETRIC_TENSOR, SFM_SCALAR, SFM_FULL_TENSOR};
    static const uint8_t vectors[] = {SFM_VECTOR, SFM_SCALAR, SFM_VECTOR};
    const int v[3] = {2, 3, 5}, u[3] = {7, -11, 13};
    for (int g = 0; g < SFM_CUBE_MAPS; g++) {
        const sfm_cube_map map = sfm_cube_map_get(g);
        int rv[3], ru[3], before[16], after[16];
        sfm_turn turn;
        sfm_cube_map_apply(&map, v, rv);
        sfm_cube_map_apply(&map, u, ru);
        for (int side = 0; side < 2; side++) {
            const int *x = side ? rv : v, *y = side ? ru : u;
            int *t = side ? after : before, n = 0;
            for (int i = 0; i < 3; i++)
                for (int j = i; j < 3; j++) t[n++] = x[i] * x[j];
            t[n++] = 42;
            for (int i = 0; i < 9; i++) t[n++] = x[i / 3] * y[i % 3];
        }
        sfm_turn_set(&turn, tensor, 16, &map);
        int n_wrong = 0;
        for (int c = 0; c < 16; c++)
            n_wrong += after[c] != turn.sign[c] * before[turn.from[c]];
        CHECKF(n_wrong == 0, "map %d: %d components of tensors", g, n_wrong);
        sfm_turn_set(&turn, vectors, 7, &map);
        const int flat[7] = {2, 3, 5, 1, 7, -11, 13};
        const int turned[7] = {rv[0], rv[1], rv[2], 1, ru[0], ru[1], ru[2]};
        for (int c = 0; c < 7; c++)
            n_wrong += turned[c] != turn.sign[c] * flat[turn.from[c]];
        CHECKF(n_wrong == 0, "map %d: %d components of vectors", g, n_wrong);
        sfm_turn_set(&turn, NULL, 5, &map);
        for (int c = 0; c < 5; c++) CHECK(turn.from[c] == c && turn.sign[c] == 1);
    }
}

/* The largest |D(R) K(d) D(R)^T - K(R d)| over all maps. */
static double anisotropy(const sfm_block_kernel *kernel, const long double d[3])
{
    long double k[256], image[256], worst = 0;
    kernel->block(kernel, d, k);
    for (int g = 0; g < SFM_CUBE_MAPS; g++) {
        const sfm_cube_map map = sfm_cube_map_get(g);
        sfm_turn check, equiv;
        long double rd[3];
        for (int i = 0; i < 3; i++) rd[i] = map.sign[i] * d[map.axis[i]];
        kernel->block(kernel, rd, image);
        sfm_turn_set(&check, kernel->check_tensor, kernel->n_check, &map);
        sfm_turn_set(&equiv, kernel->equiv_tensor, kernel->n_equiv, &map);
        for (int b = 0; b < kernel->n_check; b++)
            for (int a = 0; a < kernel->n_equiv; a++) {
                int from = check.from[b] * kernel->n_equiv + equiv.from[a];
                long double turned = check.sign[b] * equiv.sign[a] * k[from];
                worst = fmaxl(worst, fabsl(turned - image[b * kernel->n_equiv + a]));
            }
    }
    return (double)worst;
}

/* What the kernels of the tests say of themselves is true, and what they do not say is not.
 */
SFM_CASE(kernels_of_tests_have_the_symmetries_they_declare)
{
    const sfm_block_kernel *const kernels[] = {
        &sfm_test_stokeslet,         &sfm_test_sheared, &sfm_test_field,
        &sfm_test_charge_and_dipole, &sfm_test_wave,    &sfm_test_crooked};
    const long double d[3] = {0.7L, -1.9L, 1.3L}, minus[3] = {-0.7L, 1.9L, -1.3L};
    for (int i = 0; i < 6; i++) {
        const sfm_block_kernel *kernel = kernels[i];
        int isotropic = (kernel->symmetries & SFM_ISOTROPIC) != 0;
        double off = anisotropy(kernel, d);
        CHECKF((off < 1e-15) == isotropic, "%s: %g", kernel->name, off);
        long double k[256], opposite[256], worst = 0;
        kernel->block(kernel, d, k);
        kernel->block(kernel, minus, opposite);
        if (!(kernel->symmetries & SFM_SYMMETRIC)) continue;
        for (int b = 0; b < kernel->n_check; b++)
            for (int a = 0; a < kernel->n_equiv; a++)
                worst = fmaxl(worst, fabsl(k[b * kernel->n_equiv + a] -
                                           opposite[a * kernel->n_check + b]));
        CHECKF(worst < 1e-15L, "%s: %Lg", kernel->name, worst);
    }
}

SFM_MAIN()
