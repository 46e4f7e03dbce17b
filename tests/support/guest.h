/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan whose charges and potentials are the caller's StarPU data, in chunks of its rows. */
#ifndef SFM_TEST_GUEST_H
#define SFM_TEST_GUEST_H

#include "starfmm_starpu.h"

#define SFM_TEST_CHUNKS 16

typedef struct sfm_test_guest {
    starfmm_plan *plan;
    size_t n, n_chunks;
    double *x;                /* [n][3], sorted along z, so that chunks are slabs */
    double *q;                /* [n] charges, */
    double *expected;         /* [n] and their potentials */
    double *charges, *result; /* [n] what the handles hold; charges are zero at first */
    starpu_data_handle_t q_handle[SFM_TEST_CHUNKS], p_handle[SFM_TEST_CHUNKS];
} sfm_test_guest;

/* n points in a cube; the runtime must run.  Lazy: StarPU allocates the potentials. */
void sfm_test_guest_make(sfm_test_guest *g, size_t n, size_t n_chunks,
                         const starfmm_options *o, int lazy);
/* The handles are gone, their values are in charges and result. */
void sfm_test_guest_unregister(sfm_test_guest *g);
void sfm_test_guest_free(sfm_test_guest *g);

starfmm_chunks sfm_test_guest_charges(const sfm_test_guest *g);
starfmm_chunks sfm_test_guest_potentials(const sfm_test_guest *g);

/* Submit an evaluation of the guest's own handles. */
starfmm_status sfm_test_guest_submit(const sfm_test_guest *g,
                                     const starfmm_submit_options *o,
                                     starfmm_request **request);

/* Four digits, many small leaves and groups. */
starfmm_options sfm_test_guest_options(void);

#endif
