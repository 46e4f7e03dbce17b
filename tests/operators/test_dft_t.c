/* SPDX-License-Identifier: BSD-3-Clause */
/* The DFT of surface densities against its definition (dft.h), summed term by term. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/dft/dft.h"
#include "operators/surface.h"

#define MAX_POINTS (6 * 15 * 15 + 2)

static double random_in_1(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53 * 2 - 1;
}

static real *random_reals(size_t n, uint64_t seed)
{
    real *x = sfm_alloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (real)random_in_1(&seed);
    return x;
}

/* 2 pi k (j - centre) / n for frequency number q and surface point e. */
static double phase(int order, int q, int grid_index)
{
    int k[3];
    double sum = 0.0;
    sfm_dft_frequency(order, q, k);
    for (int d = 0; d < 3; d++, grid_index /= order)
        sum += k[d] * (grid_index % order - 0.5 * (order - 1));
    return 2 * M_PI * sum / (2 * order - 1);
}

static int grid[MAX_POINTS];

static void set_grid(int order)
{
    static double x[MAX_POINTS], y[MAX_POINTS], z[MAX_POINTS];
    sfm_surface_points(order, SFM_INNER_FORM, x, y, z, grid);
}

static size_t padded(int order)
{
    return ((size_t)sfm_dft_count(order) + SFM_LANES - 1) / SFM_LANES * SFM_LANES;
}

/* Element of f: part 0 re, 1 im. */
static real *at(real *f, size_t n_rows, size_t row, size_t q, size_t part)
{
    return f + ((q / SFM_LANES * n_rows + row) * 2 + part) * SFM_LANES + q % SFM_LANES;
}

static double tolerance(int order)
{
    return 4 * SFM_REAL_EPS * order * order;
}

static void check_forward(int order, size_t n_rows, sfm_isa isa)
{
    SFM(dft) dft;
    size_t n_e = (size_t)sfm_surface_count(order), size = 2 * padded(order) * n_rows;
    real *x = random_reals(n_rows * n_e, 7), *f = random_reals(size, 8);
    double worst = 0.0, scale = sqrt((double)n_e);
    CHECK_OK(SFM(dft_create)(&dft, order, isa));
    void *scratch = sfm_alloc(1, SFM(dft_scratch)(&dft));
    memset(scratch, 0xff, SFM(dft_scratch)(&dft)); /* NaN */
    dft.code->forward(&dft, n_rows, x, f, scratch);
    set_grid(order);
    for (size_t row = 0; row<n_rows; row += n_rows> 1 ? n_rows - 1 : 1)
        for (int q = 0; q < (int)padded(order); q++) {
            double re = 0.0, im = 0.0;
            for (size_t e = 0; e < n_e && q < sfm_dft_count(order); e++) {
                re += x[row * n_e + e] * cos(phase(order, q, grid[e]));
                im -= x[row * n_e + e] * sin(phase(order, q, grid[e]));
            }
            double error = fmax(fabs(*at(f, n_rows, row, (size_t)q, 0) - re),
                                fabs(*at(f, n_rows, row, (size_t)q, 1) - im));
            if (!(error <= worst)) worst = error;
        }
    CHECKF(worst < tolerance(order) * scale, "order %d rows %zu %s: error %g", order,
           n_rows, sfm_isa_name(isa), worst);
    sfm_free(scratch), sfm_free(x), sfm_free(f);
    SFM(dft_free)(&dft);
}

static void check_inverse(int order, size_t n_rows, sfm_isa isa)
{
    SFM(dft) dft;
    size_t n_e = (size_t)sfm_surface_count(order), size = 2 * padded(order) * n_rows;
    real *f = random_reals(size, 9), *y = random_reals(n_rows * n_e, 10);
    real *y0 = random_reals(n_rows * n_e, 10), **row_of = malloc(n_rows * sizeof *row_of);
    double worst = 0.0, scale = sqrt((double)padded(order));
    /* Rows go where the caller says: here in reverse order. */
    for (size_t i = 0; i < n_rows; i++) row_of[i] = y + (n_rows - 1 - i) * n_e;
    CHECK_OK(SFM(dft_create)(&dft, order, isa));
    void *scratch = sfm_alloc(1, SFM(dft_scratch)(&dft));
    memset(scratch, 0xff, SFM(dft_scratch)(&dft));
    dft.code->inverse(&dft, n_rows, f, row_of, scratch);
    set_grid(order);
    for (size_t row = 0; row<n_rows; row += n_rows> 1 ? n_rows - 1 : 1)
        for (size_t e = 0; e < n_e; e++) {
            size_t place = (n_rows - 1 - row) * n_e + e;
            double sum = y0[place];
            for (int q = 0; q < sfm_dft_count(order); q++)
                sum += *at(f, n_rows, row, (size_t)q, 0) * cos(phase(order, q, grid[e])) -
                       *at(f, n_rows, row, (size_t)q, 1) * sin(phase(order, q, grid[e]));
            if (!(fabs(y[place] - sum) <= worst)) worst = fabs(y[place] - sum);
        }
    CHECKF(worst < tolerance(order) * scale, "order %d rows %zu %s: error %g", order,
           n_rows, sfm_isa_name(isa), worst);
    sfm_free(scratch), sfm_free(y0), sfm_free(y), sfm_free(f), free(row_of);
    SFM(dft_free)(&dft);
}

static void all_sizes(void (*check)(int, size_t, sfm_isa))
{
    static const size_t rows[] = {1, 3, 16, 37};
    for (int i = 0; i < SFM_N_ISA; i++) {
        sfm_isa isa;
        if (sfm_isa_select(sfm_isa_name((sfm_isa)i), &isa) != STARFMM_OK) continue;
        for (int order = 1; order <= 6; order++)
            for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
                check(order, rows[r], isa);
        check(9, 2, isa);
    }
}

SFM_CASE(forward_is_the_definition)
{
    all_sizes(check_forward);
}

SFM_CASE(inverse_is_the_definition)
{
    all_sizes(check_inverse);
}

/* Every frequency and its negative, together, are all n^3 of the periodic grid, once. */
SFM_CASE(kept_frequencies_are_half_of_all)
{
    for (int order = 1; order <= SFM_MAX_ORDER; order++) {
        int n = sfm_dft_width(order), last = order - 1, bad = 0;
        unsigned char *seen = calloc((size_t)(n * n * n), 1);
        for (int q = 0; q < sfm_dft_count(order); q++) {
            int k[3];
            sfm_dft_frequency(order, q, k);
            for (int d = 0; d < 3; d++) bad += abs(k[d]) > last;
            seen[k[0] + last + n * (k[1] + last + n * (k[2] + last))]++;
            if (k[0] || k[1] || k[2])
                seen[last - k[0] + n * (last - k[1] + n * (last - k[2]))]++;
        }
        for (int i = 0; i < n * n * n; i++) bad += seen[i] != 1;
        CHECKF(bad == 0, "order %d: %d frequencies missing, twice or out of range", order,
               bad);
        free(seen);
    }
}

/* The points transformed forward, weighted 1 and 2 and over n^3, come back. */
SFM_CASE(inverse_undoes_forward)
{
    const int order = 12;
    SFM(dft) dft;
    sfm_isa isa;
    size_t n_e = (size_t)sfm_surface_count(order);
    int n = sfm_dft_width(order), count = sfm_dft_count(order);
    CHECK_OK(sfm_isa_select(NULL, &isa));
    CHECK_OK(SFM(dft_create)(&dft, order, isa));
    real *x = random_reals(n_e, 11), *y = sfm_calloc(n_e, sizeof *y);
    real *f = random_reals(2 * padded(order), 12);
    void *scratch = sfm_alloc(1, SFM(dft_scratch)(&dft));
    dft.code->forward(&dft, 1, x, f, scratch);
    for (int q = 0; q < count; q++)
        for (size_t part = 0; part < 2; part++)
            *at(f, 1, 0, (size_t)q, part) *=
                (real)((q == count - order ? 1.0 : 2.0) / n / n / n);
    dft.code->inverse(&dft, 1, f, &y, scratch);
    double worst = 0.0;
    for (size_t e = 0; e < n_e; e++) worst = fmax(worst, fabs((double)y[e] - x[e]));
    CHECKF(worst < 50 * SFM_REAL_EPS, "error %g", worst);
    sfm_free(scratch), sfm_free(f), sfm_free(y), sfm_free(x);
    SFM(dft_free)(&dft);
}

SFM_CASE(create_reports_lack_of_memory)
{
    SFM(dft) dft;
    sfm_alloc_fail_after(1);
    CHECK_STATUS(STARFMM_ENOMEM, SFM(dft_create)(&dft, 4, SFM_ISA_PORTABLE));
    sfm_alloc_fail_after(0);
    SFM(dft_free)(&dft);
}

SFM_MAIN()
