/* SPDX-License-Identifier: BSD-3-Clause */
/* Each kind of point set is a function that draws one point in the unit box [0,1]^3. */
#include "tool/points.h"

#include <math.h>
#include <string.h>

#include "tool/random.h"

#define PI 3.14159265358979323846
#define PLUMMER_RADIUS 0.01 /* scale radius in sides of the box */
#define HELIX_TURNS 10
#define N_CLUSTERS 32

typedef void (*draw_point)(tool_random *r, double x[3]);

static void draw_cube(tool_random *r, double x[3])
{
    for (int d = 0; d < 3; d++) x[d] = tool_random_unit(r);
}

static int is_in_box(const double x[3])
{
    for (int d = 0; d < 3; d++)
        if (!(x[d] >= 0 && x[d] <= 1)) return 0;
    return 1;
}

/* Uniform on the unit sphere (Archimedes: the height is uniform). */
static void draw_direction(tool_random *r, double u[3])
{
    double z = 2 * tool_random_unit(r) - 1, phi = 2 * PI * tool_random_unit(r);
    double s = sqrt(1 - z * z);
    u[0] = s * cos(phi);
    u[1] = s * sin(phi);
    u[2] = z;
}

static void draw_sphere(tool_random *r, double x[3])
{
    draw_direction(r, x);
    for (int d = 0; d < 3; d++) x[d] = 0.5 + 0.5 * x[d];
}

/* Mass inside radius s of Plummer's model: (1 + (a / s)^2)^(-3/2), inverted.  Points
 * outside the box are drawn again. */
static void draw_plummer(tool_random *r, double x[3])
{
    do {
        double mass = tool_random_unit(r);
        double s = PLUMMER_RADIUS / sqrt(pow(mass, -2.0 / 3.0) - 1);
        draw_direction(r, x);
        for (int d = 0; d < 3; d++) x[d] = 0.5 + s * x[d];
    } while (!is_in_box(x));
}

/* The polar angle is uniform, which crowds the points at the tips. */
static void draw_ellipsoid(tool_random *r, double x[3])
{
    double theta = PI * tool_random_unit(r), phi = 2 * PI * tool_random_unit(r);
    x[0] = 0.5 + 0.125 * sin(theta) * cos(phi);
    x[1] = 0.5 + 0.125 * sin(theta) * sin(phi);
    x[2] = 0.5 + 0.5 * cos(theta);
}

static void draw_helix(tool_random *r, double x[3])
{
    double t = tool_random_unit(r), angle = 2 * PI * HELIX_TURNS * t;
    x[0] = 0.5 + 0.5 * cos(angle);
    x[1] = 0.5 + 0.5 * sin(angle);
    x[2] = t;
}

static void draw_plane(tool_random *r, double x[3])
{
    draw_cube(r, x);
    x[2] = 0.5;
}

/* Round blobs whose widths go from 0.1 down to 1e-5, scattered in the box. */
static void draw_clusters(tool_random *r, double x[3])
{
    do {
        uint64_t cluster = tool_random_bits(r) % N_CLUSTERS;
        tool_random blob = tool_random_start(r->seed, UINT64_MAX - cluster);
        double centre[3], u[3], width = pow(10, -1 - 4 * tool_random_unit(&blob));
        draw_cube(&blob, centre);
        draw_direction(r, u);
        double s = width * sqrt(-2 * log(1 - tool_random_unit(r)));
        for (int d = 0; d < 3; d++) x[d] = centre[d] + s * u[d];
    } while (!is_in_box(x));
}

static const struct {
    const char *name;
    draw_point draw;
} kinds[] = {
    {"cube", draw_cube},           {"sphere", draw_sphere}, {"plummer", draw_plummer},
    {"ellipsoid", draw_ellipsoid}, {"helix", draw_helix},   {"plane", draw_plane},
    {"clusters", draw_clusters},
};

int tool_points_find(const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i].name) == 0) return (int)i;
    return -1;
}

void tool_points_draw(int kind, tool_random *r, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) kinds[kind].draw(r, x + 3 * i);
}

void tool_points_fill(int kind, uint64_t seed, uint64_t stream, size_t n, double *x)
{
    tool_random r = tool_random_start(seed, stream);
    tool_points_draw(kind, &r, n, x);
}
