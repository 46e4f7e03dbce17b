/* SPDX-License-Identifier: BSD-3-Clause */
/* Points of the grid in the order of their index, those inside the faces left out: whole rows
 * where a row lies in a face, else its two ends. */
#include "operators/surface.h"

#include <math.h>
#include <stddef.h>

int sfm_surface_count(int order)
{
    return order == 1 ? 1 : 6 * (order - 1) * (order - 1) + 2;
}

/* Exactly odd in the grid index, so that reflected points are bitwise reflected, and
 * exactly alpha at the ends. */
static double coordinate(int order, sfm_surface_form form, int i)
{
    int last = order - 1;
    if (order == 1) return 0.0;
    double t = (2 * i - last) / (double)last;
    if (form.bend == 0 || i == 0 || i == last) return form.alpha * t;
    return form.alpha * (tan(form.bend * t) / tan(form.bend));
}

void sfm_surface_points(int order, sfm_surface_form form, double *x, double *y, double *z,
                        int *grid_index)
{
    int last = order - 1, n = 0;
    for (int k = 0; k < order; k++)
        for (int j = 0; j < order; j++) {
            /* Rows that lie inside a face give all their points, others their two ends. */
            int whole = k == 0 || k == last || j == 0 || j == last;
            for (int i = 0; i < order; i += whole ? 1 : last) {
                x[n] = coordinate(order, form, i);
                y[n] = coordinate(order, form, j);
                z[n] = coordinate(order, form, k);
                if (grid_index != NULL) grid_index[n] = i + order * (j + order * k);
                n++;
            }
        }
}
