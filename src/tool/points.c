/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/points.h"

#include <math.h>
#include <string.h>

#include "tool/random.h"

#define PI 3.14159265358979323846
#define PLUMMER_RADIUS 0.01 /* scale radius in sides of the box */
#define HELIX_TURNS 10
#define N_CLUSTERS 32

/* Draw one point; `seed` is for what all points of a set share. */
typedef void (*place)(uint64_t seed, tool_random *r, double x[3]);

static void place_cube(uint64_t seed, tool_random *r, double x[3])
{
    (void)seed;
    for (int d = 0; d < 3; d++) x[d] = tool_random_unit(r);
}

static int is_in_box(const double x[3])
{
    for (int d = 0; d < 3; d++)
        if (!(x[d] >= 0 && x[d] <= 1)) return 0;
    return 1;
}

/* Uniform on the unit sphere (Archimedes: the height is uniform). */
static void direction(tool_random *r, double u[3])
{
    double z = 2 * tool_random_unit(r) - 1, phi = 2 * PI * tool_random_unit(r);
    double s = sqrt(1 - z * z);
    u[0] = s * cos(phi);
    u[1] = s * sin(phi);
    u[2] = z;
}

static void place_sphere(uint64_t seed, tool_random *r, double x[3])
{
    (void)seed;
    direction(r, x);
    for (int d = 0; d < 3; d++) x[d] = 0.5 + 0.5 * x[d];
}

/* Mass inside radius s of Plummer's model: (1 + (a / s)^2)^(-3/2), inverted.  Points
 * outside the box are drawn again. */
static void place_plummer(uint64_t seed, tool_random *r, double x[3])
{
    (void)seed;
    do {
        double mass = tool_random_unit(r);
        double s = PLUMMER_RADIUS / sqrt(pow(mass, -2.0 / 3.0) - 1);
        direction(r, x);
        for (int d = 0; d < 3; d++) x[d] = 0.5 + s * x[d];
    } while (!is_in_box(x));
}

/* The polar angle is uniform, which crowds the points at the tips. */
static void place_ellipsoid(uint64_t seed, tool_random *r, double x[3])
{
    (void)seed;
    double theta = PI * tool_random_unit(r), phi = 2 * PI * tool_random_unit(r);
    x[0] = 0.5 + 0.125 * sin(theta) * cos(phi);
    x[1] = 0.5 + 0.125 * sin(theta) * sin(phi);
    x[2] = 0.5 + 0.5 * cos(theta);
}

static void place_helix(uint64_t seed, tool_random *r, double x[3])
{
    (void)seed;
    double t = tool_random_unit(r), angle = 2 * PI * HELIX_TURNS * t;
    x[0] = 0.5 + 0.5 * cos(angle);
    x[1] = 0.5 + 0.5 * sin(angle);
    x[2] = t;
}

static void place_plane(uint64_t seed, tool_random *r, double x[3])
{
    place_cube(seed, r, x);
    x[2] = 0.5;
}

/* Round blobs whose widths go from 0.1 down to 1e-5, scattered in the box. */
static void place_clusters(uint64_t seed, tool_random *r, double x[3])
{
    do {
        uint64_t cluster = tool_random_bits(r) % N_CLUSTERS;
        tool_random shape = tool_random_start(seed, UINT64_MAX - cluster);
        double centre[3], u[3], width = pow(10, -1 - 4 * tool_random_unit(&shape));
        place_cube(seed, &shape, centre);
        direction(r, u);
        double s = width * sqrt(-2 * log(1 - tool_random_unit(r)));
        for (int d = 0; d < 3; d++) x[d] = centre[d] + s * u[d];
    } while (!is_in_box(x));
}

static const struct {
    const char *name;
    place draw;
} kinds[] = {
    {"cube", place_cube},           {"sphere", place_sphere}, {"plummer", place_plummer},
    {"ellipsoid", place_ellipsoid}, {"helix", place_helix},   {"plane", place_plane},
    {"clusters", place_clusters},
};

int tool_points_find(const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i].name) == 0) return (int)i;
    return -1;
}

void tool_points_fill(int kind, uint64_t seed, uint64_t stream, size_t n, double *x)
{
    tool_random r = tool_random_start(seed, stream);
    for (size_t i = 0; i < n; i++) kinds[kind].draw(seed, &r, x + 3 * i);
}
