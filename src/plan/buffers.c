/* SPDX-License-Identifier: BSD-3-Clause */
/* One block: all S, then all M, ... each group's slice on a cache line.  Particle buffers have
 * room for an eighth more points than there are, since points that move come and go. */
#include "plan/buffers.h"

#include <string.h>

#include "base/memory.h"

static size_t slice_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                          size_t n_rhs)
{
    size_t n = sfm_buffer_points(f, kind, group);
    if (n == 0) return sfm_buffer_reals(f, kind, group, n_rhs);
    return sfm_buffer_particle_reals(f->settings, kind, n + n / 8 + 64, n_rhs);
}

starfmm_status sfm_buffers_lay_out(sfm_buffers *b, const sfm_fmm *f, size_t n_rhs)
{
    size_t n = (size_t)f->schedule->groups.n, at = 0, real = sfm_real_bytes(f->settings);
    *b = (sfm_buffers){.n_rhs = n_rhs, .n_groups = (int32_t)n};
    b->offset = sfm_alloc(SFM_N_BUFFERS * (n + 1), sizeof *b->offset);
    if (!b->offset)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the buffers of %zu groups", n);
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (size_t g = 0; g <= n; g++) {
            b->offset[(size_t)kind * (n + 1) + g] = at;
            if (g == n) continue;
            at += sfm_arena_bytes(slice_reals(f, (sfm_buffer_kind)kind, (int32_t)g, n_rhs),
                                  real);
        }
    b->bytes = at;
    b->scratch = sfm_operators_scratch(f, n_rhs);
    return STARFMM_OK;
}

/* Local expansions of the first level that has them: without V and X nobody writes them,
 * and their children or leaves read them. */
static void clear_top(const sfm_buffers *b, const sfm_fmm *f)
{
    const int32_t *begin = f->schedule->groups.level_begin + f->schedule->top_level;
    for (int32_t g = begin[0]; g < begin[1]; g++)
        memset(sfm_buffer_at(b, SFM_BUFFER_D, g), 0, sfm_buffer_bytes(b, SFM_BUFFER_D, g));
}

starfmm_status sfm_buffers_allocate(sfm_buffers *b, const sfm_fmm *f, sfm_pool *pool)
{
    b->block = sfm_pool_take(pool, b->bytes);
    if (!b->block.memory)
        return sfm_fail(STARFMM_ENOMEM,
                        "no memory for %zu bytes of buffers (%zu points, %zu vectors)",
                        b->bytes, f->geometry->tree.src.n, b->n_rhs);
    clear_top(b, f);
    return STARFMM_OK;
}

int sfm_buffers_inherit(sfm_buffers *b, const sfm_fmm *f, sfm_buffers *from)
{
    if (!sfm_block_serves(&from->block, b->bytes)) return 0;
    b->block = from->block;
    from->block = (sfm_block){0};
    clear_top(b, f);
    return 1;
}

void sfm_buffers_free(sfm_buffers *b)
{
    sfm_free(b->offset);
    sfm_block_free(&b->block);
    *b = (sfm_buffers){0};
}

static const size_t *offset_of(const sfm_buffers *b, sfm_buffer_kind kind, int32_t group)
{
    return b->offset + (size_t)kind * ((size_t)b->n_groups + 1) + group;
}

size_t sfm_buffer_bytes(const sfm_buffers *b, sfm_buffer_kind kind, int32_t group)
{
    const size_t *offset = offset_of(b, kind, group);
    return offset[1] - offset[0];
}

void *sfm_buffer_at(const sfm_buffers *b, sfm_buffer_kind kind, int32_t group)
{
    return b->block.memory + *offset_of(b, kind, group);
}

int sfm_buffers_fit(const sfm_buffers *b, const sfm_fmm *f)
{
    const sfm_buffer_kind kinds[3] = {SFM_BUFFER_S, SFM_BUFFER_T, SFM_BUFFER_R};
    for (int32_t g = 0; g < b->n_groups; g++)
        for (int k = 0; k < 3; k++)
            if (sfm_buffer_reals(f, kinds[k], g, b->n_rhs) * sfm_real_bytes(f->settings) >
                sfm_buffer_bytes(b, kinds[k], g))
                return 0;
    return 1;
}

/* ---- coordinates ---------------------------------------------------------------------- */

/* Copy a group's coordinates between buffers for the same points. */
static void copy_group(void *to, const void *from, const sfm_fmm *f, sfm_buffer_kind kind,
                       int32_t group)
{
    size_t reals = sfm_buffer_coordinate_reals(f, kind, group);
    if (sfm_buffer_exists(f, kind, group))
        memcpy(to, from, reals * sfm_real_bytes(f->settings));
}

typedef struct place_loop {
    const sfm_buffers *b;
    const sfm_fmm *f;
    const sfm_point_sets *points;
} place_loop;

static void place_groups(void *loop, size_t begin, size_t end)
{
    const place_loop *l = loop;
    for (int32_t g = (int32_t)begin; g < (int32_t)end; g++) {
        void *s = sfm_buffer_at(l->b, SFM_BUFFER_S, g),
             *t = sfm_buffer_at(l->b, SFM_BUFFER_T, g);
        if (sfm_buffer_exists(l->f, SFM_BUFFER_S, g))
            sfm_buffer_place_points(l->f, SFM_BUFFER_S, g, l->points->sources, s);
        if (l->f->geometry->tree.same_points)
            copy_group(t, s, l->f, SFM_BUFFER_T, g);
        else if (sfm_buffer_exists(l->f, SFM_BUFFER_T, g))
            sfm_buffer_place_points(l->f, SFM_BUFFER_T, g, l->points->targets, t);
    }
}

void sfm_buffers_place(const sfm_buffers *b, const sfm_fmm *f, const sfm_point_sets *points)
{
    place_loop l = {b, f, points};
    sfm_parallel_for(points->helpers, (size_t)b->n_groups, 1, place_groups, &l);
}

void sfm_buffers_copy_points(const sfm_buffers *to, const sfm_buffers *from,
                             const sfm_fmm *f)
{
    const sfm_buffer_kind kinds[2] = {SFM_BUFFER_S, SFM_BUFFER_T};
    for (int32_t g = 0; g < to->n_groups; g++)
        for (int k = 0; k < 2; k++)
            copy_group(sfm_buffer_at(to, kinds[k], g), sfm_buffer_at(from, kinds[k], g), f,
                       kinds[k], g);
}
