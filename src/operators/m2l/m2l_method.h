/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and costs of the methods of M2L that follow from the settings alone, before any table
 * is made. */
#ifndef SFM_M2L_METHOD_H
#define SFM_M2L_METHOD_H

#include "operators/fmm.h"

/* Reals of n_rows rows in the form that M2L reads (buffer F). */
size_t sfm_m2l_source_reals(const sfm_settings *s, size_t n_rows);

/* Floating-point operations of one pair of nodes in M2L, and of one row in M2F; one vector. */
double sfm_m2l_pair_flops(const sfm_settings *s);
double sfm_m2l_row_flops(const sfm_settings *s);

#endif
