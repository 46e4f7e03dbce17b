/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel as operators are derived from it: what an equivalent density at y adds to a
 * check potential at x is the block K(d) [check component][equivalent component] of d = x -
 * y, in units of the box.  What sources emit and what targets receive is not seen here.
 */
#ifndef SFM_BLOCK_KERNEL_H
#define SFM_BLOCK_KERNEL_H

#include "kernels/cube_maps.h"
#include "kernels/kernel.h"

enum {
    SFM_ISOTROPIC = 1, /* K(R d) = D(R) K(d) D(R)^T for the 48 maps of the cube */
    SFM_SYMMETRIC = 2 /* K(d)^T = K(-d), and both sides have the same tensors and degrees */
};

typedef struct sfm_block_kernel {
    const char *name;
    int n_check, n_equiv;                       /* components, 1 ... SFM_MAX_COMPONENTS */
    const uint8_t *check_tensor, *equiv_tensor; /* how they turn; NULL: scalars */
    /* Powers of length beyond the kernel's own: K_ba(s d) = s^(degree + check_degree[b] +
     * equiv_degree[a]) K_ba(d; scaled parameters).  NULL: 0. */
    const int8_t *check_degree, *equiv_degree;
    unsigned symmetries;
    /* K(d) to k [n_check][n_equiv]; d = 0 gives 0. */
    void (*block)(const struct sfm_block_kernel *kernel, const long double d[3],
                  long double *k);
    const sfm_kernel *kernel; /* what a block() reads, */
    int equiv, check;         /* and of which kinds */
    const double *params;
} sfm_block_kernel;

/* Of a kernel's definition, from a kind of sources to a kind of targets; `params`, in units of
 * the box, must live as long. */
sfm_block_kernel sfm_block_kernel_of(const sfm_kernel *kernel, int equiv, int check,
                                     const double *params);

#endif
