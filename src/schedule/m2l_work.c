/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule/build.h"

#include <stdatomic.h>

#include "base/memory.h"

#define DIRECTIONS 27
#define OCTANTS 8

/* Where in the halo or the slots something of this group is, if owner says so. */
typedef struct marks {
    int32_t *node_owner, *node_id;   /* [n_nodes] */
    int32_t *group_owner, *group_id; /* [n_groups] */
} marks;

/* Arrays of one group at their largest: every parent with 26 neighbours of its own. */
typedef struct builder {
    const sfm_fmm *f;
    const sfm_csr *colleagues;
    int32_t group;
    marks m;
    sfm_m2l_work w; /* over the large arrays */
    int32_t *parent, *halo_parent;
} builder;

/* From a node to a colleague: (dx + 1) + 3 (dy + 1) + 9 (dz + 1), of the interleaved bits.
 */
static int direction(sfm_key target, sfm_key source)
{
    int d = 1 + 3 + 9;
    for (int axis = 0, step = 1; axis < 3; axis++, step *= 3) {
        sfm_key bits = SFM_EVERY_THIRD_BIT << axis;
        d += step *
             (((source & bits) > (target & bits)) - ((source & bits) < (target & bits)));
    }
    return d;
}

/* Target parents and their children in the group that hold targets. */
static void list_targets(builder *b)
{
    const sfm_tree *t = &b->f->tree;
    const sfm_group *g = &b->f->groups.group[b->group];
    sfm_m2l_work *w = &b->w;
    w->n_parents = 0;
    for (int32_t i = 0; i < g->count; i++) {
        int32_t node = g->first + i, n = w->n_parents;
        if (t->trg.count[node] == 0) continue;
        if (n == 0 || b->parent[n - 1] != t->parent[node]) {
            b->parent[n] = t->parent[node];
            w->trg_mask[n] = 0;
            for (int o = 0; o < OCTANTS; o++) w->trg_index[n * OCTANTS + o] = -1;
            n = ++w->n_parents;
        }
        int o = sfm_key_octant(t->key[node]);
        w->trg_mask[n - 1] |= (uint8_t)(1u << o);
        w->trg_index[(n - 1) * OCTANTS + o] = i;
    }
}

static int32_t slot_of(builder *b, int32_t group)
{
    if (b->m.group_owner[group] != b->group) {
        b->m.group_owner[group] = b->group;
        b->m.group_id[group] = b->w.n_slots;
        b->w.slot_group[b->w.n_slots] = group;
        b->w.slot_nodes[b->w.n_slots++] = b->f->groups.group[group].count;
    }
    return b->m.group_id[group];
}

/* The halo entry of a source parent, made at its first use; -1 when no child has sources.
 */
static int32_t halo_of(builder *b, int32_t parent)
{
    const sfm_tree *t = &b->f->tree;
    sfm_m2l_work *w = &b->w;
    if (b->m.node_owner[parent] == b->group) return b->m.node_id[parent];
    b->m.node_owner[parent] = b->group;
    b->m.node_id[parent] = -1;
    if (t->n_children[parent] == 0 || t->src.count[parent] == 0) return -1;
    int32_t h = w->n_halo++;
    b->m.node_id[parent] = h;
    w->halo_mask[h] = 0;
    for (int o = 0; o < OCTANTS; o++) w->halo_slot[h * OCTANTS + o] = -1;
    for (int c = 0; c < t->n_children[parent]; c++) {
        int32_t child = t->first_child[parent] + c, cg = b->f->groups.of_node[child];
        if (t->src.count[child] == 0) continue;
        int o = sfm_key_octant(t->key[child]);
        w->halo_mask[h] |= (uint8_t)(1u << o);
        w->halo_slot[h * OCTANTS + o] = slot_of(b, cg);
        w->halo_index[h * OCTANTS + o] = child - b->f->groups.group[cg].first;
    }
    return h;
}

/* Offset along one axis of two children of parents at distance d, in node sides. */
static int far_apart(int dir, int src_octant, int trg_octant)
{
    for (int axis = 0, step = 1; axis < 3; axis++, step *= 3) {
        int d = dir / step % 3 - 1;
        int off = 2 * d + (src_octant >> axis & 1) - (trg_octant >> axis & 1);
        if (off < -1 || off > 1) return 1;
    }
    return 0;
}

/* far[direction][target octant]: the source octants that are not adjacent to it. */
typedef uint8_t far_masks[DIRECTIONS][OCTANTS];

static void fill_far(far_masks far)
{
    for (int d = 0; d < DIRECTIONS; d++)
        for (int t = 0; t < OCTANTS; t++) {
            far[d][t] = 0;
            for (int s = 0; s < OCTANTS; s++)
                far[d][t] |= (uint8_t)(far_apart(d, s, t) << s);
        }
}

static int count_pairs(const uint8_t far[OCTANTS], unsigned trg_mask, unsigned src_mask)
{
    int n = 0;
    for (int t = 0; t < OCTANTS; t++)
        if (trg_mask >> t & 1) n += sfm_count_octants(far[t] & src_mask);
    return n;
}

static void list_sources(builder *b, far_masks far)
{
    sfm_m2l_work *w = &b->w;
    const sfm_csr *c = b->colleagues;
    w->n_halo = w->n_slots = 0;
    w->pairs = 0;
    for (int32_t p = 0; p < w->n_parents; p++) {
        int32_t *halo = w->halo_of + (size_t)p * DIRECTIONS, parent = b->parent[p];
        for (int d = 0; d < DIRECTIONS; d++) halo[d] = -1;
        for (size_t k = c->begin[parent]; k < c->begin[parent + 1]; k++) {
            int32_t source = c->item[k];
            if (source == parent) continue;
            int d = direction(b->f->tree.key[parent], b->f->tree.key[source]);
            halo[d] = halo_of(b, source);
            if (halo[d] >= 0)
                w->pairs += count_pairs(far[d], w->trg_mask[p], w->halo_mask[halo[d]]);
        }
    }
}

/* Copy `count` entries to *to from the builder's array and step on. */
#define KEEP(field, count)                                                                 \
    do {                                                                                   \
        to.field = (void *)at;                                                             \
        for (size_t k_ = 0; k_ < (size_t)(count); k_++) to.field[k_] = from->field[k_];    \
        at += (size_t)(count) * sizeof *to.field;                                          \
    } while (0)

/* The group's own arrays, in one block, int32 first for alignment; 0: no memory. */
static int keep(sfm_m2l_work *work, const sfm_m2l_work *from)
{
    size_t np = (size_t)from->n_parents, nh = (size_t)from->n_halo;
    size_t ints =
        2 * (size_t)from->n_slots + np * (OCTANTS + DIRECTIONS) + nh * 2 * OCTANTS;
    char *at = sfm_alloc(ints * sizeof(int32_t) + np + nh, 1);
    if (!at) return 0;
    sfm_m2l_work to = *from;
    KEEP(slot_group, from->n_slots);
    KEEP(slot_nodes, from->n_slots);
    KEEP(trg_index, np * OCTANTS);
    KEEP(halo_of, np * DIRECTIONS);
    KEEP(halo_slot, nh * OCTANTS);
    KEEP(halo_index, nh * OCTANTS);
    KEEP(trg_mask, np);
    KEEP(halo_mask, nh);
    *work = to;
    return 1;
}

static void builder_free(builder *b)
{
    sfm_free(b->m.node_owner);
    sfm_free(b->m.group_owner);
    sfm_free(b->w.trg_mask);
    sfm_free(b->w.slot_group);
    sfm_free(b->w.trg_index);
    sfm_free(b->w.halo_slot);
    sfm_free(b->parent);
}

/* Room for the largest group: its parents, and as many distinct source parents as there can
 * be. */
static starfmm_status builder_init(builder *b, const sfm_fmm *f)
{
    size_t largest = 0, nodes = (size_t)f->tree.n_nodes, groups = (size_t)f->groups.n;
    for (int32_t g = 0; g < f->groups.n; g++)
        if ((size_t)f->groups.group[g].count > largest)
            largest = (size_t)f->groups.group[g].count;
    size_t halo = DIRECTIONS * largest < nodes ? DIRECTIONS * largest : nodes;
    b->f = f;
    b->m.node_owner = sfm_alloc(2 * nodes, sizeof(int32_t));
    b->m.group_owner = sfm_alloc(2 * groups, sizeof(int32_t));
    b->w.trg_mask = sfm_alloc(largest + halo, 1);
    b->w.slot_group = sfm_alloc(2 * groups, sizeof(int32_t));
    b->w.trg_index = sfm_alloc(largest * (OCTANTS + DIRECTIONS), sizeof(int32_t));
    b->w.halo_slot = sfm_alloc(2 * halo * OCTANTS, sizeof(int32_t));
    b->parent = sfm_alloc(largest, sizeof(int32_t));
    if (!b->m.node_owner || !b->m.group_owner || !b->w.trg_mask || !b->w.slot_group ||
        !b->w.trg_index || !b->w.halo_slot || !b->parent)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the M2L work of %zu nodes", nodes);
    b->m.node_id = b->m.node_owner + nodes;
    b->m.group_id = b->m.group_owner + groups;
    b->w.halo_mask = b->w.trg_mask + largest;
    b->w.slot_nodes = b->w.slot_group + groups;
    b->w.halo_of = b->w.trg_index + largest * OCTANTS;
    b->w.halo_index = b->w.halo_slot + halo * OCTANTS;
    for (size_t i = 0; i < nodes; i++) b->m.node_owner[i] = -1;
    for (size_t i = 0; i < groups; i++) b->m.group_owner[i] = -1;
    return STARFMM_OK;
}

/* Whoever has a builder takes the next group when it is done with one. */
typedef struct sharing {
    sfm_m2l_work *work; /* [n_groups] */
    int32_t n_groups;
    builder *builder; /* [n_builders] */
    far_masks far;
    atomic_int next, failed;
} sharing;

static void build_group(builder *b, int32_t g, far_masks far)
{
    const sfm_group *group = &b->f->groups.group[g];
    b->group = g;
    b->w.n_trg = group->count;
    b->w.n_parents = b->w.n_halo = b->w.n_slots = 0;
    b->w.pairs = 0;
    if (group->level < SFM_TOP_LEVEL) return;
    list_targets(b);
    list_sources(b, far);
}

static void build_with_one(void *arg, size_t first, size_t end)
{
    sharing *s = arg;
    builder *b = &s->builder[first];
    (void)end;
    for (int32_t g; (g = atomic_fetch_add(&s->next, 1)) < s->n_groups;) {
        build_group(b, g, s->far);
        if (!keep(&s->work[g], &b->w)) atomic_store(&s->failed, 1);
    }
}

static starfmm_status build_all(sharing *s, const sfm_fmm *f, const sfm_csr *colleagues,
                                sfm_helpers *helpers, size_t n_builders)
{
    for (size_t i = 0; i < n_builders; i++) {
        s->builder[i].colleagues = colleagues;
        SFM_TRY(builder_init(&s->builder[i], f));
    }
    fill_far(s->far);
    sfm_parallel_for(helpers, n_builders, 1, build_with_one, s);
    if (atomic_load(&s->failed))
        return sfm_fail(STARFMM_ENOMEM, "no memory for the M2L work of %d groups",
                        (int)f->groups.n);
    return STARFMM_OK;
}

starfmm_status sfm_m2l_work_build(sfm_fmm *fmm, const sfm_csr *colleagues,
                                  sfm_helpers *helpers)
{
    size_t n_builders = sfm_helpers_size(helpers);
    sharing s = {.n_groups = fmm->groups.n};
    s.builder = sfm_calloc(n_builders, sizeof *s.builder);
    s.work = fmm->m2l = sfm_calloc((size_t)fmm->groups.n, sizeof *fmm->m2l);
    starfmm_status status =
        s.builder && s.work
            ? build_all(&s, fmm, colleagues, helpers, n_builders)
            : sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)fmm->groups.n);
    for (size_t i = 0; s.builder && i < n_builders; i++) builder_free(&s.builder[i]);
    sfm_free(s.builder);
    return status;
}

void sfm_m2l_work_free(sfm_fmm *fmm)
{
    /* slot_group begins the one block of a group. */
    for (int32_t g = 0; fmm->m2l && g < fmm->groups.n; g++)
        sfm_free(fmm->m2l[g].slot_group);
    sfm_free(fmm->m2l);
    fmm->m2l = NULL;
}
