/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DFT of SFM_WIDTH rows at once, one per lane, dimension after dimension:
 *
 *   surface points (z, y, x)  -- x: real to half -->    plane (kx, y), one z at a time
 *                             -- y -->                  lines (kx, ky; z)
 *                             -- z, then transposed --> f
 *
 * and back the same way.  Every step is a product with a small matrix of cosines and one of
 * sines; lines that cross the inside of the grid have two points only.
 */
#include "operators/dft/dft.h"

#include <string.h>

#include "operators/dft/dft_code.h"
#include "operators/dft/dft_rows.h"
#include "operators/surface.h"

#define MAX_HALF ((SFM_MAX_ORDER + 1) / 2)

typedef SFM(dft) dft;

/* ---- one line --------------------------------------------------------------------------- */

/* Where the elements of a line lie: element i at p + i * step. */
typedef struct line {
    vec *p;
    ptrdiff_t step;
} line;

/* Places of +k and -k in a line of n frequencies, see dft.h. */
SFM_INLINE ptrdiff_t place(int k, int sign)
{
    return sign < 0 ? 2 * k : k ? 2 * k - 1 : 0;
}

/* Sums and differences of the points that mirror each other: x_j +- x_(last-j), j in the
 * first half; a point in the middle is a sum alone. */
SFM_INLINE void fold(const vec *x, ptrdiff_t step, int last, vec *sum, vec *difference)
{
    for (int j = 0; 2 * j < last; j++) {
        vec a = x[j * step], b = x[(last - j) * step];
        sum[j] = a + b;
        difference[j] = a - b;
    }
    if (last % 2 == 0) sum[last / 2] = x[last / 2 * step];
}

SFM_INLINE vec dot(const real *factor, ptrdiff_t step, const vec *x, int n)
{
    vec sum = {0};
    for (int j = 0; j < n; j++) sum = vec_fma(vec_set(factor[j * step]), x[j], sum);
    return sum;
}

/* Real points to complex frequencies k = 0 ... order - 1.  `ends`: only the first and the
 * last point are there, next to each other. */
SFM_INLINE void forward_half(const dft *d, const vec *x, ptrdiff_t step, int ends, line out)
{
    vec even[MAX_HALF], odd[MAX_HALF];
    int last = ends ? 1 : d->order - 1;
    fold(x, step, last, even, odd);
    for (int k = 0; k < d->order; k++) {
        vec *f = out.p + k * out.step;
        f[0] = dot(d->cosine + k * d->half, 1, even, last / 2 + 1);
        f[1] = -dot(d->sine + k * d->half, 1, odd, (last + 1) / 2);
    }
}

/* Complex points, one after the other, to complex frequencies of both signs. */
SFM_INLINE void forward_whole(const dft *d, const vec *x, line out)
{
    vec even[2][MAX_HALF], odd[2][MAX_HALF];
    int last = d->order - 1;
    for (int i = 0; i < 2; i++) fold(x + i, 2, last, even[i], odd[i]);
    for (int k = 0; k < d->order; k++) {
        const real *c = d->cosine + k * d->half, *s = d->sine + k * d->half;
        vec c_re = dot(c, 1, even[0], last / 2 + 1),
            c_im = dot(c, 1, even[1], last / 2 + 1);
        vec s_re = dot(s, 1, odd[0], (last + 1) / 2),
            s_im = dot(s, 1, odd[1], (last + 1) / 2);
        vec *plus = out.p + place(k, 1) * out.step,
            *minus = out.p + place(k, -1) * out.step;
        minus[0] = c_re - s_im;
        minus[1] = c_im + s_re;
        plus[0] = c_re + s_im;
        plus[1] = c_im - s_re;
    }
}

/* Points j and last - j of a line from the parts that are even and odd in j. */
SFM_INLINE void unfold(vec *y, ptrdiff_t step, int last, int j, vec even, vec odd)
{
    y[j * step] = even + odd;
    if (2 * j < last) y[(last - j) * step] = even - odd;
}

/* Complex frequencies k = 0 ... order - 1 to real points, element i at y + i step; `ends`:
 * only the first and the last point, next to each other.  The imaginary part of k = 0,
 * which does not count, is not even read: it may be undefined. */
SFM_INLINE void inverse_half(const dft *d, line in, int ends, vec *y, ptrdiff_t step)
{
    vec re[SFM_MAX_ORDER], im[SFM_MAX_ORDER];
    int last = ends ? 1 : d->order - 1;
    for (int k = 0; k < d->order; k++) {
        re[k] = in.p[k * in.step];
        if (k > 0) im[k] = in.p[k * in.step + 1];
    }
    for (int j = 0; 2 * j <= last; j++)
        unfold(y, step, last, j, dot(d->cosine + j, d->half, re, d->order),
               -dot(d->sine + d->half + j, d->half, im + 1, d->order - 1));
}

/* Complex frequencies of both signs to complex points, one after the other. */
SFM_INLINE void inverse_whole(const dft *d, line in, vec *y)
{
    vec sum[2][SFM_MAX_ORDER], difference[2][SFM_MAX_ORDER];
    int last = d->order - 1;
    for (int i = 0; i < 2; i++) {
        sum[i][0] = in.p[i];
        for (int k = 1; k <= last; k++) {
            vec plus = in.p[place(k, 1) * in.step + i],
                minus = in.p[place(k, -1) * in.step + i];
            sum[i][k] = plus + minus;
            difference[i][k] = plus - minus;
        }
    }
    for (int j = 0; 2 * j <= last; j++) {
        const real *c = d->cosine + j, *s = d->sine + j;
        vec odd_re = dot(s + d->half, d->half, difference[0] + 1, last);
        vec odd_im = dot(s + d->half, d->half, difference[1] + 1, last);
        unfold(y, 2, last, j, dot(c, d->half, sum[0], d->order), -odd_im);
        unfold(y + 1, 2, last, j, dot(c, d->half, sum[1], d->order), odd_re);
    }
}

/* ---- the three dimensions --------------------------------------------------------------- */

/* The parts of the scratch, see dft_code.h. */
typedef struct space {
    vec *points, *plane, *lines, *chunk;
} space;

SFM_INLINE space split(const dft *d, void *scratch)
{
    space s;
    s.points = scratch;
    s.plane = s.points + SFM(dft_points)(d);
    s.lines = s.plane + SFM(dft_plane)(d);
    s.chunk = s.lines + SFM(dft_lines)(d);
    return s;
}

/* Only the ends of row y of plane z lie on the surface. */
SFM_INLINE int inside(const dft *d, int z, int y)
{
    return z > 0 && z < d->order - 1 && y > 0 && y < d->order - 1;
}

/* The lines of plane position z: kx >= 1 (all ky), or kx = 0 (ky >= 0: backwards). */
SFM_INLINE line line_of(const dft *d, const space *s, int kx, int z)
{
    ptrdiff_t step = 2 * d->order, n = sfm_dft_width(d->order);
    ptrdiff_t first = kx ? (kx - 1) * n : sfm_dft_lines(d->order) - 1;
    return (line){s->lines + first * step + 2 * z, kx ? step : -step};
}

SFM_INLINE void forward_xy(const dft *d, const space *s)
{
    const vec *x = s->points;
    int p = d->order;
    for (int z = 0; z < p; z++) {
        for (int y = 0; y < p; y++) {
            int ends = inside(d, z, y);
            forward_half(d, x, 1, ends, (line){s->plane + 2 * y, 2 * p});
            x += ends ? 2 : p;
        }
        forward_half(d, s->plane, 2, 0, line_of(d, s, 0, z));
        for (int kx = 1; kx < p; kx++)
            forward_whole(d, s->plane + 2 * p * kx, line_of(d, s, kx, z));
    }
}

SFM_INLINE void inverse_yx(const dft *d, const space *s)
{
    vec *x = s->points;
    int p = d->order;
    for (int z = 0; z < p; z++) {
        inverse_half(d, line_of(d, s, 0, z), 0, s->plane, 2);
        for (int kx = 1; kx < p; kx++)
            inverse_whole(d, line_of(d, s, kx, z), s->plane + 2 * p * kx);
        for (int y = 0; y < p; y++) {
            int ends = inside(d, z, y);
            inverse_half(d, (line){s->plane + 2 * y, 2 * p}, ends, x, 1);
            x += ends ? 2 : p;
        }
    }
}

/* ---- the last dimension, by chunks of lines --------------------------------------------- */

/* SFM_WIDTH lines from `first` on, or what is left: their frequencies, rounded up to whole
 * vectors, or to whole blocks at the end of f. */
typedef struct chunk {
    int first, end;
    size_t begin_q, end_q;
} chunk;

SFM_INLINE chunk chunk_at(const dft *d, int first)
{
    int lines = sfm_dft_lines(d->order), n = sfm_dft_width(d->order);
    chunk c = {first, first + SFM_WIDTH, (size_t)first * n,
               (size_t)(first + SFM_WIDTH) * n};
    if (c.end >= lines) {
        c.end = lines;
        c.end_q = ((size_t)sfm_dft_count(d->order) + SFM_LANES - 1) / SFM_LANES * SFM_LANES;
    }
    return c;
}

SFM_INLINE void forward_z(const dft *d, const space *s, chunk c)
{
    int n = sfm_dft_width(d->order), last = sfm_dft_lines(d->order) - 1;
    for (int i = c.first; i < c.end; i++) {
        const vec *x = s->lines + (ptrdiff_t)i * 2 * d->order;
        line out = {s->chunk + (ptrdiff_t)(i - c.first) * 2 * n, 2};
        if (i < last)
            forward_whole(d, x, out);
        else
            forward_half(d, x, 2, 0, out);
    }
    if (c.end <= last) return;
    size_t used = (size_t)sfm_dft_count(d->order) - c.begin_q;
    memset(s->chunk + 2 * used, 0, 2 * (c.end_q - c.begin_q - used) * sizeof *s->chunk);
}

SFM_INLINE void inverse_z(const dft *d, const space *s, chunk c)
{
    int n = sfm_dft_width(d->order), last = sfm_dft_lines(d->order) - 1;
    for (int i = c.first; i < c.end; i++) {
        vec *y = s->lines + (ptrdiff_t)i * 2 * d->order;
        line in = {s->chunk + (ptrdiff_t)(i - c.first) * 2 * n, 2};
        if (i < last)
            inverse_whole(d, in, y);
        else
            inverse_half(d, in, 0, y, 2);
    }
}

static size_t rows_left(size_t row, size_t n_rows)
{
    return n_rows - row < SFM_WIDTH ? n_rows - row : SFM_WIDTH;
}

SFM_INLINE void forward_rows(const dft *d, size_t n_rows, const real *x, real *f,
                             void *scratch)
{
    space s = split(d, scratch);
    for (size_t row = 0; row < n_rows; row += SFM_WIDTH) {
        size_t n = rows_left(row, n_rows);
        load_points(d, x + row * (size_t)d->n_e, n, s.points);
        forward_xy(d, &s);
        for (int l = 0; l < sfm_dft_lines(d->order); l += SFM_WIDTH) {
            chunk c = chunk_at(d, l);
            forward_z(d, &s, c);
            for (size_t q = c.begin_q; q < c.end_q; q += SFM_WIDTH)
                store_rows(s.chunk + 2 * (q - c.begin_q), q, n_rows, row, n, f);
        }
    }
}

SFM_INLINE void inverse_rows(const dft *d, size_t n_rows, const real *f, real *const *y,
                             void *scratch)
{
    space s = split(d, scratch);
    for (size_t row = 0; row < n_rows; row += SFM_WIDTH) {
        size_t n = rows_left(row, n_rows);
        for (int l = 0; l < sfm_dft_lines(d->order); l += SFM_WIDTH) {
            chunk c = chunk_at(d, l);
            for (size_t q = c.begin_q; q < c.end_q; q += SFM_WIDTH)
                load_rows(s.chunk + 2 * (q - c.begin_q), q, n_rows, row, n, f);
            inverse_z(d, &s, c);
        }
        inverse_yx(d, &s);
        add_points(d, s.points, n, y + row);
    }
}

/* ---- by order --------------------------------------------------------------------------- */

/* The same for an order that is a constant where this is inlined: the short loops then
 * become straight code, which doubles the speed. */
SFM_INLINE dft constant_order(const dft *d, int order)
{
    dft c = *d;
    c.order = order;
    c.half = (order + 1) / 2;
    c.n_e = 6 * (order - 1) * (order - 1) + 2;
    return c;
}

#define ORDER(n, direction, ...)                                                           \
    case n:                                                                                \
        c = constant_order(d, n);                                                          \
        direction(&c, __VA_ARGS__);                                                        \
        break;

#define BY_ORDER(direction, ...)                                                           \
    dft c;                                                                                 \
    switch (d->order) {                                                                    \
        ORDER(3, direction, __VA_ARGS__)                                                   \
        ORDER(4, direction, __VA_ARGS__)                                                   \
        ORDER(5, direction, __VA_ARGS__)                                                   \
        ORDER(6, direction, __VA_ARGS__)                                                   \
        ORDER(7, direction, __VA_ARGS__)                                                   \
        ORDER(8, direction, __VA_ARGS__)                                                   \
    default:                                                                               \
        direction(d, __VA_ARGS__);                                                         \
    }

static void forward(const dft *d, size_t n_rows, const real *x, real *f, void *scratch)
{
    BY_ORDER(forward_rows, n_rows, x, f, scratch)
}

static void inverse(const dft *d, size_t n_rows, const real *f, real *const *y,
                    void *scratch)
{
    BY_ORDER(inverse_rows, n_rows, f, y, scratch)
}

const SFM(dft_code) SFM_V(dft_code) = {forward, inverse};
