/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows to lanes and back, for dft_v.c: row i of up to SFM_WIDTH rows is lane i of every vector.
 * Blocks of SFM_WIDTH x SFM_WIDTH numbers are transposed in registers.
 *
 *   x [n][n_e]   points of the surface, a row after the other
 *   f            frequencies of n_rows rows in blocks of SFM_LANES: [block][row][re, im]
 */
#ifndef SFM_DFT_ROWS_H
#define SFM_DFT_ROWS_H

#include "kernels/simd.h"
#include "operators/dft/dft.h"

#define UNROLL_ALL _Pragma("GCC unroll 16")

/* Indices of the two vectors that exchange their blocks of s lanes off the diagonal. */
#define LOW(i, s) ((i) & (s) ? ((i) & ~(s)) + SFM_WIDTH : (i))
#define HIGH(i, s) ((i) & (s) ? (i) + SFM_WIDTH : (i) | (s))
#define LIST2(f, i, s) f(i, s), f((i) + 1, s)
#define LIST4(f, i, s) LIST2(f, i, s), LIST2(f, (i) + 2, s)
#define LIST8(f, i, s) LIST4(f, i, s), LIST4(f, (i) + 4, s)
#define LIST16(f, i, s) LIST8(f, i, s), LIST8(f, (i) + 8, s)
#if SFM_BYTES / (SFM_PRECISION / 8) == 16
#define LIST(f, s) LIST16(f, 0, s)
#elif SFM_BYTES / (SFM_PRECISION / 8) == 8
#define LIST(f, s) LIST8(f, 0, s)
#elif SFM_BYTES / (SFM_PRECISION / 8) == 4
#define LIST(f, s) LIST4(f, 0, s)
#else
#define LIST(f, s) LIST2(f, 0, s)
#endif

#define EXCHANGE(s)                                                                        \
    UNROLL_ALL for (int i = 0; i < SFM_WIDTH; i++) if (!(i & (s)) && (s) < SFM_WIDTH)      \
    {                                                                                      \
        vec a = x[i], b = x[(i + (s)) % SFM_WIDTH];                                        \
        x[i] = __builtin_shufflevector(a, b, LIST(LOW, (s) % SFM_WIDTH));                  \
        x[(i + (s)) % SFM_WIDTH] =                                                         \
            __builtin_shufflevector(a, b, LIST(HIGH, (s) % SFM_WIDTH));                    \
    }

/* x as a SFM_WIDTH x SFM_WIDTH matrix, transposed. */
SFM_INLINE void transpose(vec x[SFM_WIDTH]){EXCHANGE(1) EXCHANGE(2) EXCHANGE(4) EXCHANGE(8)}

/* Rows i < n of x [n][n_e] into lanes; the other lanes repeat the last row. */
SFM_INLINE void load_points(const SFM(dft) * d, const real *x, size_t n, vec *points)
{
    size_t n_e = (size_t)d->n_e, e = 0;
    for (; e + SFM_WIDTH <= n_e; e += SFM_WIDTH) {
        UNROLL_ALL for (size_t i = 0; i < SFM_WIDTH; i++) points[e + i] =
            vec_load(x + (i < n ? i : n - 1) * n_e + e);
        transpose(points + e);
    }
    for (; e < n_e; e++)
        for (size_t i = 0; i < SFM_WIDTH; i++)
            points[e][i] = x[(i < n ? i : n - 1) * n_e + e];
}

SFM_INLINE void add_points(const SFM(dft) * d, vec *points, size_t n, real *const *y)
{
    size_t n_e = (size_t)d->n_e, e = 0;
    for (; e + SFM_WIDTH <= n_e; e += SFM_WIDTH) {
        transpose(points + e);
        for (size_t i = 0; i < n; i++)
            vec_store(y[i] + e, vec_load(y[i] + e) + points[e + i]);
    }
    for (; e < n_e; e++)
        for (size_t i = 0; i < n; i++) y[i][e] += points[e][i];
}

/* Where a row's SFM_WIDTH frequencies from q on lie in f; re, and im SFM_LANES later. */
SFM_INLINE size_t row_place(size_t n_rows, size_t row, size_t q)
{
    return (q / SFM_LANES * n_rows + row) * 2 * SFM_LANES + q % SFM_LANES;
}

/* SFM_WIDTH frequencies [re, im] of a chunk, from q on, into rows row ... row + n - 1 of f. */
static void store_rows(const vec *chunk, size_t q, size_t n_rows, size_t row, size_t n,
                       real *f)
{
    vec part[SFM_WIDTH];
    for (size_t im = 0; im < 2; im++) {
        UNROLL_ALL for (size_t i = 0; i < SFM_WIDTH; i++) part[i] = chunk[2 * i + im];
        transpose(part);
        for (size_t i = 0; i < n; i++)
            vec_store(f + row_place(n_rows, row + i, q) + im * SFM_LANES, part[i]);
    }
}

static void load_rows(vec *chunk, size_t q, size_t n_rows, size_t row, size_t n,
                      const real *f)
{
    vec part[SFM_WIDTH];
    for (size_t im = 0; im < 2; im++) {
        UNROLL_ALL for (size_t i = 0; i < SFM_WIDTH; i++)
        {
            size_t r = row + (i < n ? i : n - 1);
            part[i] = vec_load(f + row_place(n_rows, r, q) + im * SFM_LANES);
        }
        transpose(part);
        UNROLL_ALL for (size_t i = 0; i < SFM_WIDTH; i++) chunk[2 * i + im] = part[i];
    }
}

#endif
