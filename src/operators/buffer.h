/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The buffers of a group (reals; a row is node * n_rhs + rhs, ld = sfm_particle_ld of the
 * group's points; coordinates as in operators/fmm.h):
 *
 *   S  sources      x, y, z, [low parts,] then charges [component][rhs], each [ld]
 *   T  targets      x, y, z, [low parts,] then sums [component][rhs], each [ld]
 *   M  multipole expansions [rows][component][n_e]: densities on the upward equivalent surface
 *   F  the same as M2L reads them (operators/m2l/m2l.h)
 *   D  local expansions [rows][component][n_e] as downward check potentials
 *   R  sums for targets of other groups [component][rhs], each [ld] (schedule/remote_sums.h)
 *
 * M and D are in units of the node's box: with r its half side, component a of a density of
 * length's power d_a is r^d_a times that in tree units, component b of a check potential
 * r^-(degree + d_b) times (starfmm_kernel.h, "Scaling").
 */
#ifndef SFM_BUFFER_H
#define SFM_BUFFER_H

#include "operators/fmm.h"

typedef enum sfm_buffer_kind {
    SFM_BUFFER_S,
    SFM_BUFFER_M,
    SFM_BUFFER_F,
    SFM_BUFFER_D,
    SFM_BUFFER_T,
    SFM_BUFFER_R,
    SFM_N_BUFFERS,
    SFM_CALLER_CHARGES = SFM_N_BUFFERS, /* not buffers: the caller's arrays */
    SFM_CALLER_RESULTS
} sfm_buffer_kind;

/* Does the first operator that adds to such a buffer find anything in it? */
static inline int sfm_buffer_is_cleared(sfm_buffer_kind kind)
{
    return kind == SFM_BUFFER_D;
}

int sfm_buffer_exists(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group);

/* Reals of a group's buffer, 0 if it has none. */
size_t sfm_buffer_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                        size_t n_rhs);

/* Points in S, T or R of a group; 0 for the others. */
size_t sfm_buffer_points(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group);
/* Reals of S, T or R for so many points. */
size_t sfm_buffer_particle_reals(const sfm_settings *s, sfm_buffer_kind kind, size_t points,
                                 size_t n_rhs);

/* The coordinates of a group's sources (targets) into its S (T). */
void sfm_buffer_place_points(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                             const double *coordinates, void *buffer);
/* Reals of the coordinates at the front of S or T. */
size_t sfm_buffer_coordinate_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group);

/* The same in each precision (level_t.c). */
void sfm_place_group_f64(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                         const double *coordinates, void *buffer);
void sfm_place_group_f32(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                         const double *coordinates, void *buffer);

#endif
