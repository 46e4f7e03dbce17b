/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/guest.h"

#include <stdlib.h>

#include "tests/support/points.h"
#include "tests/support/test.h"

static int compare_z(const void *a, const void *b)
{
    double d = ((const double *)a)[2] - ((const double *)b)[2];
    return d < 0 ? -1 : d > 0;
}

void sfm_test_guest_make(sfm_test_guest *g, size_t n, size_t n_chunks,
                         const starfmm_options *o, int lazy)
{
    *g = (sfm_test_guest){.n = n, .n_chunks = n_chunks};
    g->x = sfm_test_points("cube", n, 3);
    qsort(g->x, n, 3 * sizeof *g->x, compare_z);
    g->q = sfm_test_charges(n, -1, 1, 4);
    g->charges = calloc(n + 1, sizeof *g->charges);
    g->result = calloc(n + 1, sizeof *g->result);
    g->expected = calloc(n + 1, sizeof *g->expected);
    CHECK_OK(starfmm_plan_create(&g->plan, o, n, g->x, 0, NULL));
    CHECK_OK(starfmm_evaluate(g->plan, 1, g->q, g->expected, NULL));
    for (size_t c = 0; c < n_chunks; c++) {
        size_t first = c * n / n_chunks, rows = (c + 1) * n / n_chunks - first;
        starpu_vector_data_register(&g->q_handle[c], STARPU_MAIN_RAM,
                                    (uintptr_t)(g->charges + first), (uint32_t)rows,
                                    sizeof(double));
        starpu_vector_data_register(&g->p_handle[c], lazy ? -1 : STARPU_MAIN_RAM,
                                    lazy ? 0 : (uintptr_t)(g->result + first),
                                    (uint32_t)rows, sizeof(double));
    }
}

void sfm_test_guest_unregister(sfm_test_guest *g)
{
    for (size_t c = 0; c < g->n_chunks; c++) {
        starpu_data_unregister(g->q_handle[c]);
        starpu_data_unregister(g->p_handle[c]);
    }
    g->n_chunks = 0;
}

void sfm_test_guest_free(sfm_test_guest *g)
{
    sfm_test_guest_unregister(g);
    CHECK_OK(starfmm_plan_destroy(g->plan));
    free(g->x);
    free(g->q);
    free(g->charges);
    free(g->result);
    free(g->expected);
}

starfmm_chunks sfm_test_guest_charges(const sfm_test_guest *g)
{
    return (starfmm_chunks){g->n_chunks, g->q_handle};
}

starfmm_chunks sfm_test_guest_potentials(const sfm_test_guest *g)
{
    return (starfmm_chunks){g->n_chunks, g->p_handle};
}

starfmm_status sfm_test_guest_submit(const sfm_test_guest *g,
                                     const starfmm_submit_options *o,
                                     starfmm_request **request)
{
    return starfmm_plan_submit(g->plan, sfm_test_guest_charges(g),
                               sfm_test_guest_potentials(g), o, request);
}

starfmm_options sfm_test_guest_options(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.digits = 4;
    o.n_crit = 50;
    o.group_size = 64;
    return o;
}
