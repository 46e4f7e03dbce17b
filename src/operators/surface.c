/* SPDX-License-Identifier: BSD-3-Clause */
/* Points of the grid in the order of their index, those inside the faces left out: whole rows
 * where a row lies in a face, else its two ends. */
#include "operators/surface.h"

#include <stddef.h>

int sfm_surface_count(int order)
{
    return order == 1 ? 1 : 6 * (order - 1) * (order - 1) + 2;
}

/* Exactly odd in the grid index, so that reflected points are bitwise reflected, and
 * exactly alpha at the ends. */
static double coordinate(int order, double alpha, int i)
{
    int last = order - 1;
    return order == 1 ? 0.0 : alpha * ((2 * i - last) / (double)last);
}

void sfm_surface_points(int order, double alpha, double *x, double *y, double *z,
                        int *grid_index)
{
    int last = order - 1, n = 0;
    for (int k = 0; k < order; k++)
        for (int j = 0; j < order; j++) {
            /* Rows that lie inside a face give all their points, others their two ends. */
            int whole = k == 0 || k == last || j == 0 || j == last;
            for (int i = 0; i < order; i += whole ? 1 : last) {
                x[n] = coordinate(order, alpha, i);
                y[n] = coordinate(order, alpha, j);
                z[n] = coordinate(order, alpha, k);
                if (grid_index != NULL) grid_index[n] = i + order * (j + order * k);
                n++;
            }
        }
}
