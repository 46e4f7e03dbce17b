/* SPDX-License-Identifier: BSD-3-Clause */
/* The block of a plan's buffers: where the slices lie, whether they are large enough for what
 * operators/buffer.h says is in them, who may have their memory, and the points in them. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

static starfmm_options options_for(starfmm_precision precision, int gradient)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.precision = precision;
    o.gradient = gradient ? STARFMM_ON : STARFMM_OFF;
    o.order = 3;
    o.n_crit = 40;
    o.group_size = 12;
    o.balance = STARFMM_OFF;
    return o;
}

/* Plans of one set and two, of both precisions, for one vector and several, gradients. */
static void each_plan(void (*check)(sfm_test_serial *s))
{
    static const size_t n_targets[] = {0, 1500, 0, 3000, 0}, n_rhs[] = {1, 3, 2, 1, 5};
    static const char *const kinds[] = {"plummer", "plummer", "sphere", "clusters", "cube"};
    for (int precision = 0; precision < 2; precision++)
        for (int k = 0; k < 5; k++) {
            starfmm_options o =
                options_for(precision ? STARFMM_FLOAT : STARFMM_DOUBLE, k % 2);
            sfm_test_serial s;
            if (sfm_test_serial_make(&s, &o, kinds[k], k == 4 ? 20 : 4000, n_targets[k],
                                     n_rhs[k]))
                check(&s);
            sfm_test_serial_free(&s);
        }
}

static int32_t count_groups(const sfm_test_serial *s)
{
    return s->plan.schedule.groups.n;
}

/* ---- slices --------------------------------------------------------------------------- */

/* Reals that a group's buffer holds, as its description has it; 0: there is none. */
static size_t count_reals(const sfm_test_serial *s, sfm_buffer_kind kind, int32_t group)
{
    const sfm_settings *set = &s->plan.settings;
    const sfm_schedule *sch = &s->plan.schedule;
    const sfm_group *g = &sch->groups.group[group];
    const sfm_tree *t = &s->plan.geometry.tree;
    size_t src = g->src_end - g->src_begin, trg = g->trg_end - g->trg_begin, remote = 0;
    size_t coordinates = set->precision == STARFMM_DOUBLE ? 3 : 6;
    size_t sums = sfm_components(set) * s->n_rhs, rows = (size_t)g->count * s->n_rhs;
    size_t sources_below = 0;
    const size_t beyond = 16; /* an array is read up to so many reals beyond its end */
    if (sch->remote.begin)    /* of every leaf of another group that a near row has */
        for (size_t k = sch->remote.begin[group]; k < sch->remote.begin[group + 1]; k++)
            remote += t->trg.count[sch->remote.leaf[k]];
    for (int32_t i = g->first; i < g->first + g->count; i++)
        sources_below += t->src.count[i];
    switch (kind) {
    case SFM_BUFFER_S:
        return src ? (coordinates + s->n_rhs) * (src + beyond) : 0;
    case SFM_BUFFER_T:
        return trg ? (coordinates + sums) * (trg + beyond) : 0;
    case SFM_BUFFER_R:
        return remote ? sums * (remote + beyond) : 0;
    case SFM_BUFFER_F:
        return sch->read_by_m2l[group] ? rows * (size_t)set->n_e : 0;
    default: /* of two sets all groups have expansions */
        return g->level >= 2 && (!t->same_points || sources_below) ? rows * (size_t)set->n_e
                                                                   : 0;
    }
}

static void check_slices(sfm_test_serial *s)
{
    const sfm_buffers *b = s->buffers;
    const size_t real = s->plan.settings.precision == STARFMM_DOUBLE ? 8 : 4;
    const char *begin = b->block.memory, *end = begin + b->bytes;
    size_t total = 0;
    CHECK(b->n_rhs == s->n_rhs && b->n_groups == count_groups(s));
    CHECK(b->bytes <= b->block.bytes);
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (int32_t g = 0; g < b->n_groups; g++) {
            size_t bytes = sfm_buffer_bytes(b, (sfm_buffer_kind)kind, g);
            size_t reals = count_reals(s, (sfm_buffer_kind)kind, g);
            size_t told = sfm_buffer_reals(s->fmm, (sfm_buffer_kind)kind, g, s->n_rhs);
            char *at = sfm_buffer_at(b, (sfm_buffer_kind)kind, g);
            int exists = sfm_buffer_exists(s->fmm, (sfm_buffer_kind)kind, g);
            CHECKF((bytes > 0) == (reals > 0) && exists == (reals > 0) &&
                       (told > 0) == (reals > 0),
                   "buffer %d of group %d: %zu bytes, %zu reals, exists %d", kind, g, bytes,
                   reals, exists);
            CHECKF(bytes >= reals * real && bytes >= told * real && told >= reals,
                   "buffer %d of group %d: %zu bytes, %zu reals, not %zu", kind, g, bytes,
                   told, reals);
            CHECKF((uintptr_t)at % SFM_ALIGN == 0 && at >= begin && at + bytes <= end,
                   "buffer %d of group %d lies at %td", kind, g, at - begin);
            /* Each its own: what is written now is found below. */
            memset(at, (int)(g * SFM_N_BUFFERS + kind) % 251, bytes);
            total += bytes;
        }
    CHECKF(total == b->bytes, "%zu bytes of slices, %zu in all", total, b->bytes);
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (int32_t g = 0; g < b->n_groups; g++) {
            size_t bytes = sfm_buffer_bytes(b, (sfm_buffer_kind)kind, g), i = 0;
            const char *at = sfm_buffer_at(b, (sfm_buffer_kind)kind, g);
            while (i < bytes && at[i] == (char)((int)(g * SFM_N_BUFFERS + kind) % 251)) i++;
            CHECKF(i == bytes, "buffer %d of group %d is another's at byte %zu", kind, g,
                   i);
        }
}

SFM_CASE(slices)
{
    each_plan(check_slices);
}

static void check_scratch(sfm_test_serial *s)
{
    for (int32_t g = 0; g < count_groups(s); g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            const sfm_operator_code *code = sfm_operator_code_of(s->fmm, op);
            if (!sfm_operator_exists(s->fmm, op, g) || !code->scratch) continue;
            size_t bytes = code->scratch(s->fmm, g, s->n_rhs);
            CHECKF(s->buffers->scratch >= bytes, "%s of group %d: %zu bytes of %zu",
                   sfm_operator_table[op]->name, g, bytes, s->buffers->scratch);
        }
}

SFM_CASE(scratch_for_every_task)
{
    each_plan(check_scratch);
}

/* ---- points that come and go ------------------------------------------------------------ */

/* A group has room for an eighth of its points more, and fits as long as they have. */
static void check_room(sfm_test_serial *s)
{
    const size_t real = sfm_real_bytes(&s->plan.settings);
    CHECK(sfm_buffers_fit(s->buffers, s->fmm));
    for (int32_t g = 0; g < count_groups(s); g++) {
        sfm_group *gr = &s->plan.schedule.groups.group[g], was = *gr;
        size_t src = gr->src_end - gr->src_begin, trg = gr->trg_end - gr->trg_begin,
               more = 0;
        int fits = 1;
        while (fits && src && more < 100000) {
            more++;
            gr->src_end++;
            gr->trg_end += trg > 0;
            int large_enough =
                sfm_buffer_particle_reals(&s->plan.settings, SFM_BUFFER_S, src + more,
                                          s->n_rhs) *
                        real <=
                    sfm_buffer_bytes(s->buffers, SFM_BUFFER_S, g) &&
                (trg == 0 || sfm_buffer_particle_reals(&s->plan.settings, SFM_BUFFER_T,
                                                       trg + more, s->n_rhs) *
                                     real <=
                                 sfm_buffer_bytes(s->buffers, SFM_BUFFER_T, g));
            fits = sfm_buffers_fit(s->buffers, s->fmm);
            CHECKF(fits == large_enough, "group %d: %zu + %zu points fit: %d", g, src, more,
                   fits);
        }
        size_t fewer = trg && trg < src ? trg : src;
        CHECKF(!src || more > fewer / 8, "group %d: no room for %zu + %zu points", g, src,
               more);
        *gr = was;
        /* As many more for other groups. */
        size_t *remote = s->plan.schedule.remote.points;
        if (!remote || !remote[g]) continue;
        size_t points = remote[g];
        remote[g] += points / 8;
        CHECKF(sfm_buffers_fit(s->buffers, s->fmm), "R of group %d: %zu", g, remote[g]);
        remote[g] = 2 * points + 200;
        CHECKF(!sfm_buffers_fit(s->buffers, s->fmm), "R of group %d: %zu", g, remote[g]);
        remote[g] = points;
    }
}

SFM_CASE(fit)
{
    each_plan(check_room);
}

/* ---- memory --------------------------------------------------------------------------- */

static void check_top_is_clear(const sfm_test_serial *s, const sfm_buffers *b)
{
    for (int32_t g = 0; g < count_groups(s); g++) {
        const char *d = sfm_buffer_at(b, SFM_BUFFER_D, g);
        size_t bytes = sfm_buffer_bytes(b, SFM_BUFFER_D, g), i = 0;
        if (s->plan.schedule.groups.group[g].level != 2) continue;
        while (i < bytes && d[i] == 0) i++;
        CHECKF(i == bytes, "D of group %d is not clear", g);
    }
}

/* A block of so many bytes, all 0xff. */
static sfm_block dirty_block(size_t bytes)
{
    sfm_block block = {sfm_pages_alloc(bytes), bytes};
    memset(block.memory, 0xff, bytes);
    return block;
}

/* Another layout takes a block that is large enough, and leaves one that is not. */
static void check_inherit(sfm_test_serial *s)
{
    const struct {
        size_t part; /* eighths of the bytes wanted, 0: no block */
        int inherits;
    } cases[] = {{0, 0}, {4, 0}, {7, 0}, {8, 1}, {12, 1}, {16, 1}, {200, 0}};
    for (int k = 0; k < 7; k++) {
        sfm_buffers to, from = {0};
        CHECK_OK(sfm_buffers_lay_out(&to, s->fmm, s->n_rhs));
        CHECK(to.block.memory == NULL && to.bytes == s->buffers->bytes);
        size_t bytes = to.bytes * cases[k].part / 8;
        if (bytes) from.block = dirty_block(bytes);
        char *memory = from.block.memory;
        int inherits = sfm_buffers_inherit(&to, s->fmm, &from);
        CHECKF(inherits == cases[k].inherits, "%zu bytes for %zu: %d", bytes, to.bytes,
               inherits);
        CHECK(to.block.memory == (inherits ? memory : NULL));
        CHECK(from.block.memory == (inherits ? NULL : memory));
        if (inherits) check_top_is_clear(s, &to);
        sfm_buffers_free(&to);
        sfm_buffers_free(&from);
        CHECK(to.offset == NULL && to.block.memory == NULL);
    }
}

SFM_CASE(inherit)
{
    each_plan(check_inherit);
}

static void check_allocate(sfm_test_serial *s)
{
    sfm_buffers b;
    sfm_pool pool = {0};
    sfm_block used = dirty_block(2 * s->buffers->bytes);
    char *memory = used.memory;
    sfm_pool_give(&pool, &used);
    CHECK_OK(sfm_buffers_lay_out(&b, s->fmm, s->n_rhs));
    CHECK_OK(sfm_buffers_allocate(&b, s->fmm, &pool));
    CHECK(b.block.memory == memory);
    check_top_is_clear(s, &b);
    sfm_buffers_free(&b);
    sfm_pool_clear(&pool);
}

SFM_CASE(a_used_block_is_cleared)
{
    each_plan(check_allocate);
}

/* ---- coordinates ----------------------------------------------------------------------- */

/* Points of a leaf in S or T lie as they do in the caller's array, in tree units. */
static void check_points(const sfm_test_serial *s, const sfm_buffers *b,
                         sfm_buffer_kind kind)
{
    const sfm_tree *t = &s->plan.geometry.tree;
    const sfm_points *points = kind == SFM_BUFFER_S ? &t->src : &t->trg;
    const double *x = kind == SFM_BUFFER_S ? s->sources : s->targets;
    int is_double = s->plan.settings.precision == STARFMM_DOUBLE;
    for (int32_t g = 0; g < count_groups(s); g++) {
        const sfm_group *gr = &s->plan.schedule.groups.group[g];
        size_t first = points->begin[gr->first];
        size_t ld = sfm_particle_ld(points->begin[gr->first + gr->count] - first);
        const void *at = sfm_buffer_at(b, kind, g);
        for (int32_t leaf = gr->first; leaf < gr->first + gr->count; leaf++)
            for (size_t i = points->begin[leaf]; i < points->begin[leaf + 1]; i++)
                for (size_t d = 0; d < 3; d++) {
                    double from[2]; /* of the leaf's first point, and of this one */
                    for (int k = 0; k < 2; k++) {
                        size_t k_at = d * ld + (k ? i : points->begin[leaf]) - first;
                        from[k] = is_double
                                      ? ((const double *)at)[k_at]
                                      : (double)((const float *)at)[k_at] +
                                            (double)((const float *)at)[k_at + 3 * ld];
                    }
                    size_t row0 = points->index[points->begin[leaf]],
                           row = points->index[i];
                    double exact =
                        (x[3 * row + d] - x[3 * row0 + d]) / s->plan.geometry.unit;
                    CHECKF(fabs(from[1] - from[0] - exact) < 4e-15,
                           "buffer %d, point %zu: %.17g, not %.17g", kind, i,
                           from[1] - from[0], exact);
                }
    }
}

/* Coordinates of one buffer are another's, bit for bit. */
static int same_coordinates(const sfm_test_serial *s, const sfm_buffers *a,
                            const sfm_buffers *b, sfm_buffer_kind kind, int32_t g)
{
    size_t bytes =
        sfm_buffer_coordinate_reals(s->fmm, kind, g) * sfm_real_bytes(&s->plan.settings);
    size_t points = sfm_buffer_points(s->fmm, kind, g);
    return points == 0 ||
           memcmp(sfm_buffer_at(a, kind, g), sfm_buffer_at(b, kind, g), bytes) == 0;
}

static void check_coordinates(sfm_test_serial *s)
{
    check_points(s, s->buffers, SFM_BUFFER_S);
    check_points(s, s->buffers, SFM_BUFFER_T);
    sfm_buffers other;
    CHECK_OK(sfm_buffers_lay_out(&other, s->fmm, s->n_rhs + 2));
    CHECK_OK(sfm_buffers_allocate(&other, s->fmm, &s->plan.pool));
    memset(other.block.memory, 0xff, other.bytes);
    sfm_buffers_copy_points(&other, s->buffers, s->fmm);
    for (int32_t g = 0; g < count_groups(s); g++)
        CHECKF(same_coordinates(s, &other, s->buffers, SFM_BUFFER_S, g) &&
                   same_coordinates(s, &other, s->buffers, SFM_BUFFER_T, g),
               "group %d", g);
    sfm_buffers_free(&other);
}

SFM_CASE(coordinates)
{
    each_plan(check_coordinates);
}

/* ---- failures -------------------------------------------------------------------------- */

SFM_CASE(memory_failures)
{
    starfmm_options o = options_for(STARFMM_DOUBLE, 0);
    sfm_test_serial s;
    if (!sfm_test_serial_make(&s, &o, "sphere", 3000, 0, 1)) return;
    sfm_buffers b;
    sfm_alloc_fail_after(1);
    CHECK_STATUS(STARFMM_ENOMEM, sfm_buffers_lay_out(&b, s.fmm, 2));
    sfm_alloc_fail_after(0);
    sfm_buffers_free(&b);
    CHECK_OK(sfm_buffers_lay_out(&b, s.fmm, 2));
    sfm_alloc_fail_after(1);
    CHECK_STATUS(STARFMM_ENOMEM, sfm_buffers_allocate(&b, s.fmm, &s.plan.pool));
    sfm_alloc_fail_after(0);
    CHECK(b.block.memory == NULL);
    sfm_buffers_free(&b);
    sfm_test_serial_free(&s);
}

SFM_MAIN()
