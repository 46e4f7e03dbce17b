/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of kernels by their long double references, and derivatives of them by differences.
 * Blocks are [target component][source component]. */
#ifndef SFM_TEST_KERNEL_VALUES_H
#define SFM_TEST_KERNEL_VALUES_H

#include <math.h>
#include <string.h>

#include "kernels/kernel.h"
#include "tests/support/test.h"

#define MAX_DIM STARFMM_MAX_COMPONENTS
#define MAX_BLOCK (MAX_DIM * MAX_DIM)
#define STEP 1e-5L /* of differences, relative to the distance */

static const long double points[][3] = {
    {1, 0, 0}, {0.3L, -0.4L, 1.2L}, {-2, 1e-3L, 0.5L}, {1e-4L, 2e-4L, -3e-4L}, {7, 7, -7}};
#define N_POINTS ((int)(sizeof points / sizeof *points))

/* In the range of every kernel. */
static const double params[STARFMM_MAX_PARAMS] = {0.4};

static inline const sfm_kernel *get(int id)
{
    return sfm_kernel_get((starfmm_kernel)id);
}

static inline int block_size(const sfm_kernel *kernel, int source, int target)
{
    return kernel->source[source].dim * kernel->target[target].dim;
}

static inline long double norm(const long double *k, int n)
{
    long double sum = 0;
    for (int i = 0; i < n; i++) sum += k[i] * k[i];
    return sqrtl(sum);
}

static inline long double length(const long double d[3])
{
    return norm(d, 3);
}

/* Central differences, with step h, by one coordinate of the target. */
static inline void differentiate(const sfm_kernel *kernel, int source, int target,
                                 const long double d[3], int axis, long double h,
                                 long double *out)
{
    long double value[2][MAX_BLOCK];
    for (int side = 0; side < 2; side++) {
        long double e[3] = {d[0], d[1], d[2]};
        e[axis] += side ? h : -h;
        sfm_kernel_reference(kernel, source, target, e, params, value[side]);
    }
    for (int i = 0; i < block_size(kernel, source, target); i++)
        out[i] = (value[1][i] - value[0][i]) / (2 * h);
}

/* n values, of a block whose norm is `size`, are what differences give. */
static inline void expect_derivative(const char *what, const long double *value,
                                     const long double *difference, int n, long double size)
{
    for (int i = 0; i < n; i++)
        CHECKF(fabsl(value[i] - difference[i]) <= 1e-7L * size,
               "%s, %d: %Lg, by differences %Lg", what, i, value[i], difference[i]);
}

/* A kernel with its first parameter `param` is another's, kinds alike, times a factor. */
static inline void expect_limit(int a, double param, int b, int source, int target,
                                long double factor)
{
    const double p[STARFMM_MAX_PARAMS] = {param};
    const int n = block_size(get(b), source, target);
    for (int j = 0; j < N_POINTS; j++) {
        long double left[MAX_BLOCK], right[MAX_BLOCK];
        sfm_kernel_reference(get(a), source, target, points[j], p, left);
        sfm_kernel_reference(get(b), source, target, points[j], p, right);
        for (int i = 0; i < n; i++)
            CHECKF(fabsl(left[i] - factor * right[i]) <= 1e-17L * factor * norm(right, n),
                   "%s, %s: %Lg, %Lg", get(a)->name, get(b)->name, left[i],
                   factor * right[i]);
    }
}

/* The first parameter's value is taken, or refused with a message that names it. */
static inline void check_param(int id, double value, int good)
{
    const double p[STARFMM_MAX_PARAMS] = {value, NAN, NAN, NAN};
    sfm_set_error("");
    CHECKF((sfm_kernel_check_params(get(id), p) == STARFMM_OK) == good, "%s %g: %s",
           get(id)->name, value, sfm_get_error());
    if (!good) CHECK(strstr(sfm_get_error(), get(id)->param[0].name) != NULL);
}

#endif
