/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of a kernel's kinds by their names, -1 for an unknown one.  Header only. */
#ifndef SFM_TEST_KINDS_H
#define SFM_TEST_KINDS_H

#include "kernels/kernel.h"

static inline int sfm_test_source(const sfm_kernel *kernel, const char *name)
{
    int source, target;
    return sfm_kernel_find_kinds(kernel, name, NULL, 0, &source, &target) ? -1 : source;
}

static inline int sfm_test_target(const sfm_kernel *kernel, const char *name)
{
    int source, target;
    return sfm_kernel_find_kinds(kernel, NULL, name, 0, &source, &target) ? -1 : target;
}

#endif
