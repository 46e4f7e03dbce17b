/* SPDX-License-Identifier: BSD-3-Clause */
/* Random point sets in the unit box [0,1]^3. */
#ifndef TOOL_POINTS_H
#define TOOL_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "tool/random.h"

/* Index of a kind of point set, -1 when there is no such kind. */
int tool_points_find(const char *kind);

/* The next n points of a kind into x (n x 3). */
void tool_points_draw(int kind, tool_random *r, size_t n, double *x);

/* n points of a kind into x (n x 3).  The first m of n points are the m points of the same
 * seed and stream. */
void tool_points_fill(int kind, uint64_t seed, uint64_t stream, size_t n, double *x);

#endif
