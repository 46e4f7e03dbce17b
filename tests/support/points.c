/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

uint64_t sfm_test_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

double sfm_test_uniform(uint64_t *state)
{
    return (double)(sfm_test_next(state) >> 11) * 0x1p-53;
}

/* A maker sets the i-th point; i matters to few. */
typedef void maker(uint64_t *state, size_t i, double x[3]);

static void cube(uint64_t *state, size_t i, double x[3])
{
    (void)i;
    for (int d = 0; d < 3; d++) x[d] = sfm_test_uniform(state);
}

static void sphere(uint64_t *state, size_t i, double x[3])
{
    (void)i;
    double z = 2 * sfm_test_uniform(state) - 1, phi = 2 * PI * sfm_test_uniform(state);
    double r = sqrt(1 - z * z);
    x[0] = r * cos(phi);
    x[1] = r * sin(phi);
    x[2] = z;
}

static void ellipsoid(uint64_t *state, size_t i, double x[3])
{
    (void)i;
    double theta = PI * sfm_test_uniform(state), phi = 2 * PI * sfm_test_uniform(state);
    x[0] = sin(theta) * cos(phi);
    x[1] = sin(theta) * sin(phi);
    x[2] = 4 * cos(theta);
}

static void helix(uint64_t *state, size_t i, double x[3])
{
    (void)i;
    double t = sfm_test_uniform(state);
    x[0] = cos(20 * PI * t);
    x[1] = sin(20 * PI * t);
    x[2] = 2 * t - 1;
}

static void plummer(uint64_t *state, size_t i, double x[3])
{
    double r;
    do {
        /* Mass inside r: (1 + (a / r)^2)^(-3/2). */
        double mass = 1 - sfm_test_uniform(state);
        r = 0.01 / sqrt(pow(mass, -2.0 / 3) - 1);
        sphere(state, i, x);
        for (int d = 0; d < 3; d++) x[d] *= r;
    } while (!(fmax(fabs(x[0]), fmax(fabs(x[1]), fabs(x[2]))) <= 0.5));
}

static void clusters(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    for (int d = 0; d < 3; d++) x[d] = 0.001 * x[d] + (i % 2 ? 0.999 : 0.0);
}

static void plane(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    x[2] = 0.25;
}

static void line(uint64_t *state, size_t i, double x[3])
{
    (void)i;
    double t = sfm_test_uniform(state);
    x[0] = t;
    x[1] = 2 * t;
    x[2] = -3 * t;
}

static void equal(uint64_t *state, size_t i, double x[3])
{
    (void)state;
    (void)i;
    x[0] = 0.3;
    x[1] = -0.4;
    x[2] = 0.5;
}

static void heaps(uint64_t *state, size_t i, double x[3])
{
    (void)state;
    uint64_t own = i % 10;
    cube(&own, i, x);
}

static void ratio(uint64_t *state, size_t i, double x[3])
{
    sphere(state, i, x);
    double r = pow(10, -12 * sfm_test_uniform(state));
    for (int d = 0; d < 3; d++) x[d] *= r;
}

static void lattice(uint64_t *state, size_t i, double x[3])
{
    (void)state;
    x[0] = (double)(i % 16) / 16;
    x[1] = (double)(i / 16 % 16) / 16;
    x[2] = (double)(i / 256) / 16;
}

/* Faces, edges and corners of boxes hold all of them. */
static void corners(uint64_t *state, size_t i, double x[3])
{
    static const double at[4] = {-1, -0.5, 0.5, 1};
    (void)state;
    for (int d = 0; d < 3; d++) x[d] = at[i >> 2 * d & 3];
}

static void rod(uint64_t *state, size_t i, double x[3])
{
    (void)state;
    x[0] = (double)i / 20;
    x[1] = x[2] = 0;
}

static void outlier(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    if (i == 9) x[0] = 1e6;
}

static void offset(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    x[0] += 1e6;
    x[1] += 1e6;
    x[2] -= 1e6;
}

static void tiny(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    for (int d = 0; d < 3; d++) x[d] = (x[d] - 0.5) * 1e-300;
}

static void huge(uint64_t *state, size_t i, double x[3])
{
    cube(state, i, x);
    for (int d = 0; d < 3; d++) x[d] = (x[d] - 0.5) * 1e300;
}

const char *const sfm_test_kinds[] = {
    "cube",    "sphere", "ellipsoid", "helix",  "plummer", "clusters",
    "plane",   "line",   "equal",     "heaps",  "ratio",   "lattice",
    "corners", "rod",    "outlier",   "offset", "tiny",    "huge"};
static maker *const makers[] = {cube,    sphere, ellipsoid, helix,  plummer, clusters,
                                plane,   line,   equal,     heaps,  ratio,   lattice,
                                corners, rod,    outlier,   offset, tiny,    huge};
const int sfm_test_n_kinds = sizeof makers / sizeof *makers;

double *sfm_test_points(const char *kind, size_t n, uint64_t seed)
{
    int k = 0;
    while (k < sfm_test_n_kinds && strcmp(kind, sfm_test_kinds[k]) != 0) k++;
    double *x = malloc((n ? n : 1) * 3 * sizeof *x);
    if (k == sfm_test_n_kinds || x == NULL) {
        free(x);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) makers[k](&seed, i, x + 3 * i);
    return x;
}

double *sfm_test_charges(size_t n, double lo, double hi, uint64_t seed)
{
    double *q = malloc((n ? n : 1) * sizeof *q);
    for (size_t i = 0; q && i < n; i++) q[i] = lo + (hi - lo) * sfm_test_uniform(&seed);
    return q;
}
