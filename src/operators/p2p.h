/* SPDX-License-Identifier: BSD-3-Clause */
/* What P2P needs beyond the table of operator.h. */
#ifndef SFM_P2P_H
#define SFM_P2P_H

#include "operators/fmm.h"

/* Points of R of a group. */
static inline size_t sfm_reaction_points(const sfm_fmm *f, int32_t group)
{
    return f->reactions.points ? f->reactions.points[group] : 0;
}

/* Reals of R for so many points: [component][rhs], each [ld]. */
static inline size_t sfm_reaction_reals(const sfm_fmm *f, size_t points, size_t n_rhs)
{
    return points ? sfm_components(f) * n_rhs * sfm_particle_ld(points) : 0;
}

/* Add to T of a group what reactions.in of the group names; from: R of those groups. */
void sfm_fetch_reactions_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                             const void *const *from, void *t);
void sfm_fetch_reactions_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                             const void *const *from, void *t);

#endif
