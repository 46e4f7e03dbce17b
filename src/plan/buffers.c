/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/buffers.h"

#include <string.h>

#include "base/memory.h"
#include "operators/caller.h"
#include "operators/operator.h"
#include "operators/p2p.h"
#include "schedule/layout.h"

static size_t real_bytes(const sfm_fmm *f)
{
    return f->precision == STARFMM_DOUBLE ? sizeof(double) : sizeof(float);
}

int sfm_group_holds(const sfm_points *points, const sfm_group *g)
{
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (points->count[i]) return 1;
    return 0;
}

/* Which groups some M2L reads: read[n_groups] 0 or 1. */
static void mark_read(const sfm_fmm *f, uint8_t *read)
{
    memset(read, 0, (size_t)f->groups.n);
    for (int32_t g = 0; g < f->groups.n; g++)
        for (int32_t k = 0; k < f->m2l[g].n_slots; k++) read[f->m2l[g].slot_group[k]] = 1;
}

/* Points that move come and go: an eighth and some more. */
static size_t with_room(size_t n)
{
    return n + n / 8 + 64;
}

/* S, T or R of a group, 0: it has no such points; with room for more, or exactly. */
static size_t particle_reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group,
                             size_t n_rhs, int room)
{
    sfm_group g = f->groups.group[group];
    size_t n = kind == SFM_BUFFER_S   ? g.src_end - g.src_begin
               : kind == SFM_BUFFER_T ? g.trg_end - g.trg_begin
                                      : sfm_reaction_points(f, group);
    if (n == 0) return 0;
    if (room) n = with_room(n);
    g.src_end = g.src_begin + n;
    g.trg_end = g.trg_begin + n;
    return kind == SFM_BUFFER_S   ? sfm_source_reals(f, &g, n_rhs)
           : kind == SFM_BUFFER_T ? sfm_target_reals(f, &g, n_rhs)
                                  : sfm_reaction_reals(f, n, n_rhs);
}

static size_t reals(const sfm_fmm *f, sfm_buffer_kind kind, int32_t group, size_t n_rhs,
                    const uint8_t *read)
{
    const sfm_group *g = &f->groups.group[group];
    size_t rows = (size_t)g->count * n_rhs;
    /* With two sets of points a group without sources may have a sibling group with some,
     * and a task that reads both: so then all have expansions, which cost nothing
     * untouched. */
    int any = !f->tree.same_points || sfm_group_holds(&f->tree.src, g);
    int deep = g->level >= SFM_TOP_LEVEL && any;
    switch (kind) {
    case SFM_BUFFER_S:
    case SFM_BUFFER_T:
    case SFM_BUFFER_R:
        return particle_reals(f, kind, group, n_rhs, 1);
    case SFM_BUFFER_M:
        return deep ? rows * (size_t)f->n_e : 0;
    case SFM_BUFFER_D:
        return deep ? rows * (size_t)f->n_e : 0;
    case SFM_BUFFER_F:
        if (!read[group]) return 0;
        return f->precision == STARFMM_DOUBLE ? sfm_transformed_reals_f64(f, group, n_rhs)
                                              : sfm_transformed_reals_f32(f, group, n_rhs);
    default:
        return 0;
    }
}

static size_t largest_scratch(const sfm_fmm *f, size_t n_rhs)
{
    size_t largest = 0, pointers = 0;
    for (int32_t g = 0; g < f->groups.n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            const sfm_op *o = sfm_operator_get(f, (starfmm_operator)op);
            size_t need = o && o->scratch ? o->scratch(f, g, n_rhs) : 0;
            if (need > largest) largest = need;
        }
    /* and the pointers to the buffers that a task reads: at most every group's and three of
     * its own */
    pointers = sfm_arena_bytes((size_t)f->groups.n + 3, sizeof(void *));
    /* SCATTER has no other scratch than the caller's chunks, of potentials and gradients.
     */
    size_t chunks = 4 * sfm_arena_bytes(SFM_MAX_CHUNKS, sizeof(void *));
    return largest + pointers > chunks ? largest + pointers : chunks;
}

starfmm_status sfm_buffers_lay_out(sfm_buffers *b, const sfm_fmm *f, size_t n_rhs)
{
    size_t n = (size_t)f->groups.n, at = 0;
    uint8_t *read = sfm_alloc(n, 1);
    *b = (sfm_buffers){.n_rhs = n_rhs};
    b->offset = sfm_alloc(SFM_N_BUFFERS * (n + 1), sizeof *b->offset);
    if (!read || !b->offset) {
        sfm_free(read);
        sfm_buffers_free(b);
        return sfm_fail(STARFMM_ENOMEM, "no memory for the buffers of %zu groups", n);
    }
    mark_read(f, read);
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (size_t g = 0; g <= n; g++) {
            b->offset[(size_t)kind * (n + 1) + g] = at;
            if (g < n)
                at += sfm_arena_bytes(
                    reals(f, (sfm_buffer_kind)kind, (int32_t)g, n_rhs, read),
                    real_bytes(f));
        }
    sfm_free(read);
    b->bytes = at;
    b->scratch = largest_scratch(f, n_rhs);
    return STARFMM_OK;
}

/* Local expansions of the first level that has them: without V and X nobody writes them,
 * and their children or leaves read them. */
static void clear_top(const sfm_buffers *b, const sfm_fmm *f)
{
    const int32_t *begin = f->groups.level_begin + SFM_TOP_LEVEL;
    for (int32_t g = begin[0]; g < begin[1]; g++)
        memset(sfm_buffer_at(b, f, SFM_BUFFER_D, g), 0,
               sfm_buffer_bytes(b, f, SFM_BUFFER_D, g));
}

starfmm_status sfm_buffers_allocate(sfm_buffers *b, const sfm_fmm *f, sfm_pool *pool)
{
    b->block = sfm_pool_take(pool, b->bytes);
    if (!b->block.memory)
        return sfm_fail(STARFMM_ENOMEM,
                        "no memory for %zu bytes of buffers (%zu points, %zu vectors)",
                        b->bytes, f->tree.src.n, b->n_rhs);
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

size_t sfm_buffer_bytes(const sfm_buffers *b, const sfm_fmm *f, sfm_buffer_kind kind,
                        int32_t group)
{
    const size_t *offset = b->offset + (size_t)kind * ((size_t)f->groups.n + 1) + group;
    return offset[1] - offset[0];
}

void *sfm_buffer_at(const sfm_buffers *b, const sfm_fmm *f, sfm_buffer_kind kind,
                    int32_t group)
{
    return b->block.memory +
           b->offset[(size_t)kind * ((size_t)f->groups.n + 1) + (size_t)group];
}

int sfm_buffers_fit(const sfm_buffers *b, const sfm_fmm *f)
{
    const sfm_buffer_kind kinds[3] = {SFM_BUFFER_S, SFM_BUFFER_T, SFM_BUFFER_R};
    for (int32_t g = 0; g < f->groups.n; g++)
        for (int k = 0; k < 3; k++)
            if (particle_reals(f, kinds[k], g, b->n_rhs, 0) * real_bytes(f) >
                sfm_buffer_bytes(b, f, kinds[k], g))
                return 0;
    return 1;
}

static void place(const sfm_buffers *b, const sfm_fmm *f, int32_t g, sfm_buffer_kind kind,
                  const sfm_points *points, const double *coordinates)
{
    if (sfm_buffer_bytes(b, f, kind, g) == 0) return;
    void *to = sfm_buffer_at(b, f, kind, g);
    if (f->precision == STARFMM_DOUBLE)
        sfm_place_f64(f, g, points, coordinates, to);
    else
        sfm_place_f32(f, g, points, coordinates, to);
}

/* Copy a group's coordinates between buffers for the same points. */
static void copy_places(const sfm_buffers *to, sfm_buffer_kind to_kind,
                        const sfm_buffers *from, sfm_buffer_kind kind, const sfm_fmm *f,
                        int32_t g)
{
    const sfm_group *gr = &f->groups.group[g];
    size_t n =
        kind == SFM_BUFFER_S ? gr->src_end - gr->src_begin : gr->trg_end - gr->trg_begin;
    size_t bytes = sfm_particle_ld(n) * sfm_place_arrays(f->precision) * real_bytes(f);
    if (sfm_buffer_bytes(to, f, to_kind, g))
        memcpy(sfm_buffer_at(to, f, to_kind, g), sfm_buffer_at(from, f, kind, g), bytes);
}

typedef struct placing {
    const sfm_buffers *b;
    const sfm_fmm *f;
    const double *sources, *targets;
} placing;

static void place_groups(void *arg, size_t begin, size_t end)
{
    const placing *p = arg;
    for (int32_t g = (int32_t)begin; g < (int32_t)end; g++) {
        place(p->b, p->f, g, SFM_BUFFER_S, &p->f->tree.src, p->sources);
        if (p->f->tree.same_points)
            copy_places(p->b, SFM_BUFFER_T, p->b, SFM_BUFFER_S, p->f, g);
        else
            place(p->b, p->f, g, SFM_BUFFER_T, &p->f->tree.trg, p->targets);
    }
}

void sfm_buffers_place(const sfm_buffers *b, const sfm_fmm *f, sfm_helpers *helpers,
                       const double *sources, const double *targets)
{
    placing p = {b, f, sources, targets};
    sfm_parallel_for(helpers, (size_t)f->groups.n, 1, place_groups, &p);
}

void sfm_buffers_copy_places(const sfm_buffers *to, const sfm_buffers *from,
                             const sfm_fmm *f)
{
    for (int32_t g = 0; g < f->groups.n; g++) {
        copy_places(to, SFM_BUFFER_S, from, SFM_BUFFER_S, f, g);
        copy_places(to, SFM_BUFFER_T, from, SFM_BUFFER_T, f, g);
    }
}
