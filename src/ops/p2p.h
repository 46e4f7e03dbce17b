/* SPDX-License-Identifier: BSD-3-Clause */
/* What P2P needs beyond the table of operator.h. */
#ifndef SFM_P2P_H
#define SFM_P2P_H

#include "ops/fmm.h"

/* Reals of R of a group: [component][rhs], each [ld]. */
static inline size_t sfm_reaction_reals(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    if (!f->reactions.points || f->reactions.points[group] == 0) return 0;
    return sfm_components(f) * n_rhs * sfm_particle_ld(f->reactions.points[group]);
}

/* Add to T of a group what reactions.in of the group names; from: R of those groups. */
void sfm_fetch_reactions_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                             const void *const *from, void *t);
void sfm_fetch_reactions_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                             const void *const *from, void *t);

#endif
