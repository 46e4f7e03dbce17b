/* SPDX-License-Identifier: BSD-3-Clause */
/* One-sided sums: every kernel, kinds, accuracy and instruction set against the long double
 * reference, on sets of points that loops find hard. */
#include "tests/support/test.h"

#include "tests/support/kernel_sums.h"

#define MAX_SEGMENTS 5

static const sfm_kernel *get(int id)
{
    return sfm_kernel_get((starfmm_kernel)id);
}

static int is_regular(const trial *t)
{
    return (t->kernel->properties & STARFMM_REGULAR) != 0;
}

typedef struct problem {
    body to, from[MAX_SEGMENTS];
    size_t n;
} problem;

static problem make_problem(size_t n_trg, size_t n, const size_t *n_src)
{
    problem p = {.to = make_body(n_trg), .n = n};
    for (size_t g = 0; g < n; g++) p.from[g] = make_body(n_src[g]);
    for (int d = 0; d < 3; d++) p.to.shift[d] = 0;
    return p;
}

static void free_problem(problem *p)
{
    free_body(&p->to);
    for (size_t g = 0; g < p->n; g++) free_body(&p->from[g]);
}

/* Every loop of the kernels with these kinds. */
static void check_loops(problem *p, trial *t)
{
    size_t n_sources = 0;
    clear_reference(&p->to);
    for (size_t g = 0; g < p->n; g++) {
        add_reference(&p->to, &p->from[g], t, 1);
        n_sources += p->from[g].n;
    }
    t->n_rhs = 1;
    do {
        run_one_sided(&p->to, p->from, p->n, t);
        double worst = worst_error(&p->to, t, n_sources);
        CHECKF(worst <= 1, "%s, %zu targets, %zu segments of %zu sources: %g bounds",
               describe(t), p->to.n, p->n, n_sources, worst);
    } while (next_loop(t));
}

static void check_problem(problem *p)
{
    place_body(&p->to);
    for (size_t g = 0; g < p->n; g++) place_body(&p->from[g]);
    for (int id = 0; get(id); id++) {
        trial t = {.kernel = get(id)};
        set_params(&t);
        do check_loops(p, &t);
        while (next_kinds(&t));
    }
}

/* Every remainder of targets in a block, and several blocks. */
SFM_CASE(any_number_of_targets)
{
    static const size_t n_src[] = {3, 5};
    random_state = 1;
    for (size_t n_trg = 0; n_trg <= 9 * (size_t)SFM_LANES;
         n_trg += n_trg < 35 && !SFM_SANITIZED ? 1 : 7) {
        problem p = make_problem(n_trg, 2, n_src);
        check_problem(&p);
        free_problem(&p);
    }
}

SFM_CASE(any_segments)
{
    static const size_t n_src[][MAX_SEGMENTS] = {
        {0},          {1},          {2, 0}, {0, 0, 7}, {33, 1, 0, 9}, {1, 1, 1, 1, 1},
        {0, 0, 0, 0}, {64, 100, 27}};
    static const size_t n_seg[] = {0, 1, 2, 3, 4, 5, 4, 3};
    random_state = 2;
    for (size_t c = 0; c < sizeof n_seg / sizeof *n_seg; c++) {
        problem p = make_problem(30, n_seg[c], n_src[c]);
        check_problem(&p);
        free_problem(&p);
    }
}

/* A leaf against itself, first with the same shift and order (which the loop foresees),
 * then with a shift and reversed (which it does not). */
SFM_CASE(leaf_against_itself)
{
    static const size_t n_src[] = {45, 45, 20};
    random_state = 3;
    problem p = make_problem(45, 3, n_src);
    for (int k = 0; k < 3; k++) {
        p.from[0].shift[k] = 0;
        p.from[1].shift[k] = 0.25;
        for (size_t i = 0; i < 45; i++) {
            p.to.position[i][k] = floorl(p.to.position[i][k] * 1024) / 1024;
            p.from[0].position[i][k] = p.from[1].position[44 - i][k] = p.to.position[i][k];
        }
    }
    check_problem(&p);
    free_problem(&p);
}

/* All targets and sources in one point: nothing is added, to the last bit. */
SFM_CASE(coincident_points_add_nothing)
{
    static const size_t n_src[] = {9};
    random_state = 4;
    problem p = make_problem(2 * SFM_LANES + 3, 1, n_src);
    for (int k = 0; k < 3; k++) {
        p.from[0].shift[k] = 0;
        for (size_t i = 0; i < p.to.n; i++) p.to.position[i][k] = 0.1L;
        for (size_t j = 0; j < n_src[0]; j++) p.from[0].position[j][k] = 0.1L;
    }
    place_body(&p.to);
    place_body(&p.from[0]);
    for (int id = 0; get(id); id++) {
        trial t = {.kernel = get(id), .n_rhs = 1};
        set_params(&t);
        if (is_regular(&t)) continue;
        do do {
                run_one_sided(&p.to, p.from, 1, &t);
                for (size_t i = 0; i < MAX_DIM * N_RHS * p.to.ld; i++)
                    if (p.to.out[i] != START && p.to.out[i] != GUARD) {
                        CHECKF(0, "%s: out[%zu] = %g", describe(&t), i,
                               (double)p.to.out[i]);
                        break;
                    }
            } while (next_loop(&t));
        while (next_kinds(&t));
    }
    free_problem(&p);
}

/* One source at the origin, and targets at log10(r) in [low, high], random directions. */
static problem make_pairs(size_t n_trg, double low, double high)
{
    static const size_t n_src[] = {1};
    problem p = make_problem(n_trg, 1, n_src);
    for (int k = 0; k < 3; k++) p.from[0].position[0][k] = p.from[0].shift[k] = 0;
    for (size_t i = 0; i < n_trg; i++) {
        double length = pow(10, low + (high - low) * (double)i / (double)n_trg);
        for (int k = 0; k < 3; k++) p.to.position[i][k] *= length;
    }
    place_body(&p.to);
    place_body(&p.from[0]);
    return p;
}

/* The largest relative error of one pair, over its bound; outputs that a real cannot hold do
 * not count.  Without START, which would hide it. */
static double pair_error(problem *p, const trial *t)
{
    const size_t rows = (size_t)t->kernel->target[t->target].dim * N_RHS;
    double worst = 0, tolerance = tolerance_of(t->accuracy);
    const long double huge = SFM_PRECISION == 64 ? 1e308L : 1e38L;
    const long double tiny = SFM_PRECISION == 64 ? 1e-290L : 1e-30L;
    SFM(segment) seg = segment_of(&p->from[0]);
    SFM(evaluation)
    e = {.params = t->params,
         .n_trg = p->to.n,
         .tx = p->to.x[0],
         .ty = p->to.x[1],
         .tz = p->to.x[2],
         .n_seg = 1,
         .seg = &seg,
         .n_rhs = t->n_rhs,
         .ldo = p->to.ld,
         .ldc = N_RHS * p->to.ld,
         .out = p->to.out};
    memset(p->to.out, 0, MAX_DIM * N_RHS * p->to.ld * sizeof(real));
    SFM(evaluate_get)(t->kernel, t->isa, t->accuracy, t->source, t->target)(&e);
    for (size_t at = 0; at < rows * p->to.n; at++) {
        size_t row = at / p->to.n, i = at % p->to.n;
        if (row % N_RHS >= t->n_rhs || p->to.size[at] > huge) continue;
        long double difference = p->to.out[row * p->to.ld + i] - p->to.exact[at];
        double error = (double)(fabsl(difference) / (p->to.size[at] * tolerance + tiny));
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

static void check_pairs(double low, double high, double param)
{
    random_state = 5;
    problem p = make_pairs(2000, low, high);
    for (int id = 0; get(id); id++) {
        trial t = {.kernel = get(id)};
        set_params(&t);
        if (t.kernel->n_params && t.kernel->param[0].power == 1) t.params[0] = param;
        do {
            clear_reference(&p.to);
            add_reference(&p.to, &p.from[0], &t, 0);
            t.n_rhs = 1;
            do {
                double worst = pair_error(&p, &t);
                CHECKF(worst <= 1, "%s: r = 1e%g to 1e%g, parameter %g: %g bounds",
                       describe(&t), low, high, t.params[0], worst);
            } while (next_loop(&t));
        } while (next_kinds(&t));
    }
    free_problem(&p);
}

SFM_CASE(error_of_a_pair)
{
    check_pairs(-5, 0.5, 1.5);
}

SFM_CASE(error_of_a_strongly_screened_pair)
{
    check_pairs(-3, 0.5, 15);
}

/* Beyond the range of float seeds, and where r^-3 overflows but potential and gradient do
 * not. */
SFM_CASE(error_of_a_very_close_pair)
{
    if (SFM_PRECISION == 64)
        check_pairs(-146, -5, 1.5);
    else
        check_pairs(-16, -5, 1.5);
}

/* Distances whose square is subnormal or 0: nothing but finite potentials. */
SFM_CASE(subnormal_distances)
{
    random_state = 6;
    problem p =
        SFM_PRECISION == 64 ? make_pairs(500, -170, -150) : make_pairs(500, -30, -17);
    for (int id = 0; get(id); id++) {
        trial t = {.kernel = get(id), .n_rhs = 1};
        set_params(&t);
        do {
            run_one_sided(&p.to, p.from, 1, &t);
            for (size_t i = 0; i < MAX_DIM * N_RHS * p.to.ld; i++)
                if (!isfinite(p.to.out[i])) {
                    CHECKF(0, "%s: out[%zu] = %g", describe(&t), i, (double)p.to.out[i]);
                    break;
                }
        } while (next_loop(&t));
    }
    free_problem(&p);
}

/* kappa r far beyond the range of the exponential: 0, not NaN. */
SFM_CASE(screened_to_nothing)
{
    const double huge[] = {1e5, 1e30, 1e300};
    random_state = 7;
    problem p = make_pairs(100, -1, 0);
    for (int i = 0; i < (SFM_PRECISION == 64 ? 3 : 2); i++) {
        trial t = {
            .kernel = sfm_kernel_get(STARFMM_YUKAWA), .params = {huge[i]}, .n_rhs = 1};
        do do {
                run_one_sided(&p.to, p.from, 1, &t);
                for (size_t at = 0; at < MAX_DIM * N_RHS * p.to.ld; at++)
                    if (p.to.out[at] != START && p.to.out[at] != GUARD) {
                        CHECKF(0, "%s, kappa %g: out[%zu] = %g", describe(&t), huge[i], at,
                               (double)p.to.out[at]);
                        break;
                    }
            } while (next_loop(&t));
        while (next_kinds(&t));
    }
    free_problem(&p);
}

/* Yukawa with kappa = 0 is Laplace: of charges the same numbers but for the bare seed of
 * Laplace, and but for rounding of dipoles. */
SFM_CASE(yukawa_without_screening_is_laplace)
{
    static const size_t n_src[] = {30, 17};
    random_state = 8;
    problem p = make_problem(50, 2, n_src);
    place_body(&p.to), place_body(&p.from[0]), place_body(&p.from[1]);
    size_t bytes = MAX_DIM * N_RHS * p.to.ld * sizeof(real);
    real *kept = new_array(1, bytes);
    trial t = {.kernel = sfm_kernel_get(STARFMM_LAPLACE), .n_rhs = 1};
    do {
        if (t.accuracy == SFM_ACCURACY_LOW) continue;
        trial yukawa = t;
        yukawa.kernel = sfm_kernel_get(STARFMM_YUKAWA);
        for (t.target = 0; t.target < 2; t.target++) {
            run_one_sided(&p.to, p.from, 2, &t);
            memcpy(kept, p.to.out, bytes);
            yukawa.target = t.target;
            run_one_sided(&p.to, p.from, 2, &yukawa);
            CHECKF(memcmp(kept, p.to.out, bytes) == 0, "%s", describe(&yukawa));
        }
        t.target = 0;
    } while (next_loop(&t));
    free(kept);
    free_problem(&p);
}

/* ---- close pairs, in single precision with low parts -------------------------------------- */

/* n targets; each segment has n sources, of which a part is 1e-8 to 1e-2 from the target of
 * some index (its own in the first, a leaf against itself; reversed in the others), and every
 * 4th of the first is the same point. */
static problem make_close(size_t n, double closest)
{
    static const double shift[3][3] = {{0}, {2 / 3.0, -0.1, 0.3}, {-1 / 3.0, 1 / 7.0, 1.1}};
    const size_t n_src[] = {n, n, n};
    problem p = make_problem(n, 3, n_src);
    for (size_t i = 0; i < n; i++) {
        double r = closest * pow(10, 6.0 * (double)i / (double)n);
        for (int g = 0; g < 3; g++)
            for (int k = 0; k < 3; k++) {
                double off = i % 4 == 0 && g == 0 ? 0 : r * random_unit();
                p.from[g].shift[k] = shift[g][k];
                p.from[g].position[g == 0 ? i : n - 1 - i][k] = p.to.position[i][k] + off;
            }
    }
    return p;
}

/* Pairs far below the rounding of float coordinates, alone (each sum is one pair and some
 * far ones) and in segments whose shift is none of float. */
SFM_CASE(close_pairs)
{
    random_state = 9;
    for (size_t n = 1; SFM_PRECISION == 32 && n < 100; n += n < 20 ? 3 : 37) {
        problem p = make_close(n, 1e-8);
        check_problem(&p);
        free_problem(&p);
    }
}

/* One source and one target whose floats are equal: their distance is in the low parts. */
SFM_CASE(distance_in_low_parts)
{
    static const size_t n_src[] = {1};
    for (int i = 0; SFM_PRECISION == 32 && i < 2; i++) {
        random_state = 10;
        problem p = make_problem(1, 1, n_src);
        const double origin[3] = {0.3, 0.2, -0.7};
        for (int k = 0; k < 3; k++) {
            p.from[0].shift[k] = 0;
            p.from[0].position[0][k] = origin[k];
            p.to.position[0][k] = origin[k] + i * 1e-9 * (k + 1);
        }
        place_body(&p.to), place_body(&p.from[0]);
        CHECK(p.to.x[2][0] == p.from[0].x[2][0]);
        for (size_t r = 0; r < N_RHS; r++) p.from[0].q[r * p.from[0].ld] = 1;
        trial t = {.kernel = sfm_kernel_get(STARFMM_LAPLACE), .n_rhs = 1};
        do {
            run_one_sided(&p.to, p.from, 1, &t);
            double exact = 1e9 / sqrt(14), value = (double)(p.to.out[0] - START);
            CHECKF(i ? fabs(value / exact - 1) < 1e-3 : value == 0, "%s: %.9g, exact %.9g",
                   describe(&t), value, i ? exact : 0);
        } while (next_loop(&t));
        free_problem(&p);
    }
}

SFM_CASE(table_honours_build_and_range)
{
    const sfm_kernel *laplace = sfm_kernel_get(STARFMM_LAPLACE);
    for (int id = 0; get(id); id++)
        for (int i = 0; i < SFM_N_ISA; i++)
            if (has_isa((sfm_isa)i))
                CHECK(SFM(evaluate_get)(get(id), (sfm_isa)i, SFM_ACCURACY_MID, 0, 0) !=
                      NULL);
    CHECK(SFM(evaluate_get)(laplace, (sfm_isa)SFM_N_ISA, SFM_ACCURACY_LOW, 0, 0) == NULL);
    CHECK(SFM(evaluate_get)(laplace, SFM_ISA_PORTABLE, (sfm_accuracy)SFM_N_ACCURACY, 0,
                            0) == NULL);
    CHECK(SFM(evaluate_get)(laplace, SFM_ISA_PORTABLE, SFM_ACCURACY_LOW, 3, 0) == NULL);
    CHECK(SFM(evaluate_get)(laplace, SFM_ISA_PORTABLE, SFM_ACCURACY_LOW, 0, 3) == NULL);
    CHECK(SFM(mutual_get)(laplace, (sfm_isa)SFM_N_ISA, SFM_ACCURACY_LOW, 0, 0) == NULL);
    CHECK(SFM(mutual_get)(laplace, SFM_ISA_PORTABLE, SFM_ACCURACY_LOW, 0, 3) == NULL);
}

SFM_MAIN()
