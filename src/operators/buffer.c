/* SPDX-License-Identifier: BSD-3-Clause */
/* Which groups have which buffers, and how large these are.  The groups are the plan's, also in
 * an evaluation at other targets. */
#include "operators/buffer.h"

#include "operators/m2l/m2l_method.h"

size_t sfm_buffer_points(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group)
{
    const sfm_group *g = &f->schedule->groups.group[group];
    const sfm_remote_sums *r = &f->schedule->remote;
    switch (kind) {
    case SFM_BUFFER_S:
        return g->src_end - g->src_begin;
    case SFM_BUFFER_T:
        return g->trg_end - g->trg_begin;
    case SFM_BUFFER_R:
        return r->points ? r->points[group] : 0;
    default:
        return 0;
    }
}

size_t sfm_buffer_particle_reals(const sfm_settings *s, sfm_buffer_kind kind, size_t points,
                                 size_t n_rhs)
{
    size_t ld = sfm_particle_ld(points), sums = sfm_components(s) * n_rhs;
    if (points == 0) return 0;
    if (kind == SFM_BUFFER_R) return sums * ld;
    return (sfm_coordinate_arrays(s) +
            (kind == SFM_BUFFER_S ? sfm_source_components(s) * n_rhs : sums)) *
           ld;
}

int sfm_buffer_exists(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group)
{
    const sfm_group *g = &f->schedule->groups.group[group];
    const sfm_tree *t = &f->geometry->tree;
    switch (kind) {
    case SFM_BUFFER_S:
    case SFM_BUFFER_T:
    case SFM_BUFFER_R:
        return sfm_buffer_points(f, kind, group) > 0;
    case SFM_BUFFER_F:
        return f->schedule->read_by_m2l[group];
    default:
        /* With two sets of points a group without sources may have a sibling group with some,
         * and a task that reads both: so then all have expansions, which cost nothing
         * untouched. */
        return g->level >= f->schedule->top_level &&
               (!t->same_points || sfm_group_holds(&t->src, g));
    }
}

size_t sfm_buffer_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group, size_t n_rhs)
{
    size_t rows = (size_t)f->schedule->groups.group[group].count * n_rhs;
    if (!sfm_buffer_exists(f, kind, group)) return 0;
    switch (kind) {
    case SFM_BUFFER_M:
        return rows * sfm_equiv_row(f->settings);
    case SFM_BUFFER_D:
        return rows * sfm_check_row(f->settings);
    case SFM_BUFFER_F:
        return sfm_m2l_source_reals(f->settings, rows);
    default:
        return sfm_buffer_particle_reals(f->settings, kind,
                                         sfm_buffer_points(f, kind, group), n_rhs);
    }
}

size_t sfm_buffer_coordinate_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group)
{
    return sfm_coordinate_arrays(f->settings) *
           sfm_particle_ld(sfm_buffer_points(f, kind, group));
}

void sfm_buffer_place_points(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                             const double *coordinates, void *buffer)
{
    static void (*const place[])(const sfm_fmm *, sfm_buffer_kind, int32_t, const double *,
                                 void *) = {
        [STARFMM_DOUBLE] = sfm_place_group_f64, [STARFMM_FLOAT] = sfm_place_group_f32};
    place[f->settings->precision](f, kind, group, coordinates, buffer);
}
