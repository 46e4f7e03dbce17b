/* SPDX-License-Identifier: BSD-3-Clause */
/* Point and charge sets of the tests, the same for a seed on every machine with IEEE
 * arithmetic (up to the last digits of libm).  All arrays are malloc'ed; free() them. */
#ifndef SFM_TEST_POINTS_H
#define SFM_TEST_POINTS_H

#include <stddef.h>
#include <stdint.h>

/* splitmix64; any state is a good seed. */
uint64_t sfm_test_next(uint64_t *state);
/* Uniform in [0, 1). */
double sfm_test_uniform(uint64_t *state);

/*
 * n points (n x 3) of a kind:
 *   cube       uniform in [0, 1)^3
 *   sphere     uniform on the unit sphere
 *   ellipsoid  surface with semi-axes 1, 1, 4, polar angle uniform: dense at the poles
 *   helix      10 turns of radius 1 along z from -1 to 1
 *   plummer    Plummer model, scale radius 0.01, truncated to [-0.5, 0.5]^3
 *   clusters   two cubes of side 0.001 in opposite corners of the unit cube
 *   plane      uniform in [0, 1)^2, z = 0.25
 *   line       collinear, along (1, 2, -3)
 *   equal      all (0.3, -0.4, 0.5)
 *   heaps      ten places, each holding every tenth point
 *   ratio      distances from the origin from 1 down to 1e-12, uniform in the logarithm
 *   lattice    the first n points of a cubic lattice of spacing 1 / 16
 *   corners    the lattice {-1, -1/2, 1/2, 1}^3 of 64 points, and again
 *   rod        on the x axis, 1 / 20 apart
 *   outlier    cube, but for the tenth point, which is 1e6 away
 *   offset     cube + (1e6, 1e6, -1e6)
 *   tiny, huge (cube - 0.5) x 1e-300, x 1e300
 * NULL for an unknown kind.  Any kind with n = 1 is one point.
 */
double *sfm_test_points(const char *kind, size_t n, uint64_t seed);

/* Names of all kinds, for loops over them. */
extern const char *const sfm_test_kinds[];
extern const int sfm_test_n_kinds;

/* n charges uniform in [lo, hi). */
double *sfm_test_charges(size_t n, double lo, double hi, uint64_t seed);

#endif
