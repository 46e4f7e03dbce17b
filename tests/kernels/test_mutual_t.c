/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutual sums against the long double references of the kernels, both directions. */
#include "tests/support/test.h"

#include "tests/support/kernel_sums.h"

#define MAX_SEGMENTS 6

typedef struct problem {
    body a, b[MAX_SEGMENTS];
    size_t n;
} problem;

static problem make_problem(size_t n_a, size_t n, const size_t *size)
{
    problem p = {.a = make_body(n_a), .n = n};
    for (size_t g = 0; g < n; g++) p.b[g] = make_body(size[g]);
    for (int d = 0; d < 3; d++) p.a.shift[d] = 0;
    return p;
}

static void free_problem(problem *p)
{
    free_body(&p->a);
    for (size_t g = 0; g < p->n; g++) free_body(&p->b[g]);
}

static SFM(sums) sums_of(const body *b)
{
    return (SFM(sums)){b->out, b->ld, N_RHS * b->ld};
}

static void run_mutual(problem *p, const trial *t)
{
    const int n_src = t->kernel->source[t->source].dim,
              n_trg = t->kernel->target[t->target].dim;
    SFM(segment) seg[MAX_SEGMENTS];
    SFM(sums) out[MAX_SEGMENTS];
    reset_outputs(&p->a, t);
    for (size_t g = 0; g < p->n; g++) {
        reset_outputs(&p->b[g], t);
        seg[g] = segment_of(&p->b[g]);
        out[g] = sums_of(&p->b[g]);
    }
    SFM(mutual)
    m = {.params = t->params,
         .n_rhs = t->n_rhs,
         .a = segment_of(&p->a),
         .a_out = sums_of(&p->a),
         .n_seg = p->n,
         .seg = seg,
         .out = out,
         .scratch = sfm_alloc(SFM(mutual_reals)(n_src, n_trg), sizeof(real))};
    SFM(mutual_get)(t->kernel, t->isa, t->accuracy, t->source, t->target)(&m);
    sfm_free(m.scratch);
}

static void check_loops(problem *p, trial *t)
{
    size_t n_sources = p->a.n;
    clear_reference(&p->a);
    for (size_t g = 0; g < p->n; g++) {
        clear_reference(&p->b[g]);
        add_reference(&p->b[g], &p->a, t, 1);
        add_reference(&p->a, &p->b[g], t, 1);
        n_sources += p->b[g].n;
    }
    t->n_rhs = 1;
    do {
        run_mutual(p, t);
        double worst = worst_error(&p->a, t, n_sources);
        for (size_t g = 0; g < p->n; g++)
            worst = fmax(worst, worst_error(&p->b[g], t, n_sources));
        CHECKF(worst <= 1, "%s, a %zu, %zu segments: %g bounds", describe(t), p->a.n, p->n,
               worst);
    } while (next_loop(t));
}

static void check_problem(problem *p)
{
    place_body(&p->a);
    for (size_t g = 0; g < p->n; g++) place_body(&p->b[g]);
    for (int id = 0; sfm_kernel_get((starfmm_kernel)id); id++) {
        trial t = {.kernel = sfm_kernel_get((starfmm_kernel)id)};
        set_params(&t);
        do
            if (SFM(mutual_get)(t.kernel, t.isa, t.accuracy, t.source, t.target))
                check_loops(p, &t);
        while (next_kinds(&t));
    }
}

/* Every remainder of a register; more points of a than have sums at a time. */
SFM_CASE(any_number_of_points)
{
    random_state = 1;
    for (size_t n = 0; n < 40; n += n < 18 && !SFM_SANITIZED ? 1 : 7) {
        const size_t sizes[] = {n, 3, 20 - n % 20};
        problem p = make_problem(n == 7 ? 150 : n + 1, 3, sizes);
        check_problem(&p);
        free_problem(&p);
    }
}

/* Segments that fill the packed arrays, straddle their end, or are empty. */
SFM_CASE(any_segments)
{
    static const size_t sizes[][6] = {{STARFMM_MUTUAL_PACK},
                                      {STARFMM_MUTUAL_PACK - 1, 2},
                                      {0, 500, 0, 13, 600, 0},
                                      {1, 1, 1, 1, 1, 1}};
    static const size_t n[] = {1, 2, 6, 6, 0};
    random_state = 2;
    for (int c = 0; c < 5; c++) {
        problem p = make_problem(5, n[c], sizes[c % 4]);
        check_problem(&p);
        free_problem(&p);
    }
}

/* Points of a segment at, or very near to, points of a: summed with care, 0 at r = 0. */
static void check_close(double distance)
{
    static const size_t sizes[] = {9, 61};
    problem p = make_problem(40, 2, sizes);
    for (size_t i = 0; i < 40; i += 7)
        for (int d = 0; d < 3; d++) {
            p.a.position[i][d] = p.b[1].shift[d] = d == 1 ? 0.3 : -0.7;
            p.b[1].position[60 - i][d] = p.a.position[i][d];
        }
    for (size_t i = 0; i < 40; i += 7)
        p.b[1].position[60 - i][i % 3] += distance * random_unit();
    check_problem(&p);
    free_problem(&p);
}

SFM_CASE(coincident_points)
{
    random_state = 3;
    check_close(0);
}

/* The squares of the last are beyond the digits of a double; in single precision the positions
 * coincide. */
SFM_CASE(close_points)
{
    random_state = 4;
    check_close(1e-3);
    check_close(1e-6);
    if (SFM_PRECISION == 64) check_close(1e-12);
}

SFM_MAIN()
