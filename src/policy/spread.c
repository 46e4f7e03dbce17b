/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Some 4096 of the points are thrown into 16^3 cells of their bounding cube.  How many cells they
 * hit tells volumes, surfaces and clusters apart; points that are thrown evenly into a cube hit
 * a number that can be foretold.
 */
#include "policy/spread.h"

#include <math.h>

#define SAMPLE 4096
#define SIDE 16 /* cells */

typedef struct sample {
    size_t n;            /* points in it */
    int spread;          /* cells that hold some */
    double low[3], side; /* of the bounding cube, by the points in the sample */
} sample;

/* Which point of [begin, begin + step) is in the sample: not always the same, as the order
 * of the points may repeat itself (two bodies in turns). */
static size_t pick_point(size_t begin, size_t step, size_t n)
{
    size_t i = begin + (size_t)(begin * 0x9E3779B97F4A7C15u >> 32) % step;
    return i < n ? i : n - 1;
}

static void find_bounds(sample *s, const double *x, size_t n, size_t step)
{
    double high[3];
    for (int d = 0; d < 3; d++) s->low[d] = high[d] = x[d];
    for (size_t begin = 0; begin < n; begin += step) {
        const double *at = x + 3 * pick_point(begin, step, n);
        for (int d = 0; d < 3; d++) {
            s->low[d] = fmin(s->low[d], at[d]);
            high[d] = fmax(high[d], at[d]);
        }
    }
    s->side = 0;
    for (int d = 0; d < 3; d++) s->side = fmax(s->side, high[d] - s->low[d]);
}

static sample take_sample(const double *x, size_t n)
{
    unsigned char seen[SIDE][SIDE][SIDE] = {{{0}}};
    size_t step = n / SAMPLE + 1;
    sample s = {0};
    if (n == 0) return s;
    find_bounds(&s, x, n, step);
    for (size_t begin = 0; begin < n; begin += step, s.n++) {
        const double *point = x + 3 * pick_point(begin, step, n);
        int c[3];
        for (int d = 0; d < 3; d++) {
            double at = s.side > 0 ? SIDE * (point[d] - s.low[d]) / s.side : 0;
            c[d] = at < SIDE - 1 ? (int)fmax(at, 0) : SIDE - 1;
        }
        s.spread += !seen[c[0]][c[1]][c[2]];
        seen[c[0]][c[1]][c[2]] = 1;
    }
    return s;
}

int sfm_points_spread(const double *x, size_t n)
{
    return take_sample(x, n).spread;
}

/* Points thrown evenly hit 1 - exp(-sample / cells) of the cells; 3 % is four standard
 * deviations of that, and a density that grows from nought along one side takes 10 %. */
static int is_even(const sample *s)
{
    const double cells = SIDE * SIDE * SIDE, tolerance = 0.03;
    double expected = cells * (1 - exp(-(double)s->n / cells));
    return s->n >= SAMPLE / 4 && s->spread > (1 - tolerance) * expected;
}

static int is_same_cube(const sample *a, const sample *b)
{
    const double tolerance = 0.05;
    int same = fabs(a->side - b->side) <= tolerance * a->side;
    for (int d = 0; d < 3; d++)
        same = same && fabs(a->low[d] - b->low[d]) <= tolerance * a->side;
    return same;
}

int sfm_points_fill_cube(const sfm_point_sets *p)
{
    sample s = take_sample(p->sources, p->n_sources);
    if (!is_even(&s)) return 0;
    if (!p->targets) return 1;
    sample t = take_sample(p->targets, p->n_targets);
    return is_even(&t) && is_same_cube(&s, &t);
}
