/* SPDX-License-Identifier: BSD-3-Clause */
/* The M2L work of each group, made by itself: its target parents, then the source parents
 * around them.  Arrays are made at their largest possible size once a thread and copied, cut
 * to their length, for each group. */
#include "schedule/m2l_work.h"

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
typedef struct work_builder {
    const sfm_tree *tree;
    const sfm_groups *groups;
    const sfm_csr *colleagues;
    int32_t group;
    marks m;
    sfm_m2l_work w; /* over the large arrays */
    int32_t *parent, *halo_parent;
} work_builder;

/* From a node to a colleague: (dx + 1) + 3 (dy + 1) + 9 (dz + 1), of the interleaved bits. */
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
static void list_targets(work_builder *b)
{
    const sfm_tree *t = b->tree;
    const sfm_group *g = &b->groups->group[b->group];
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

static int32_t slot_of(work_builder *b, int32_t group)
{
    if (b->m.group_owner[group] != b->group) {
        b->m.group_owner[group] = b->group;
        b->m.group_id[group] = b->w.n_slots;
        b->w.slot_group[b->w.n_slots] = group;
        b->w.slot_nodes[b->w.n_slots++] = b->groups->group[group].count;
    }
    return b->m.group_id[group];
}

/* The halo entry of a source parent, made at its first use; -1 when no child has sources. */
static int32_t halo_of(work_builder *b, int32_t parent)
{
    const sfm_tree *t = b->tree;
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
        int32_t child = t->first_child[parent] + c, cg = b->groups->of_node[child];
        if (t->src.count[child] == 0) continue;
        int o = sfm_key_octant(t->key[child]);
        w->halo_mask[h] |= (uint8_t)(1u << o);
        w->halo_slot[h * OCTANTS + o] = slot_of(b, cg);
        w->halo_index[h * OCTANTS + o] = child - b->groups->group[cg].first;
    }
    return h;
}

static void list_sources(work_builder *b)
{
    sfm_m2l_work *w = &b->w;
    const sfm_csr *c = b->colleagues;
    w->n_halo = w->n_slots = 0;
    for (int32_t p = 0; p < w->n_parents; p++) {
        int32_t *halo = w->halo_of + (size_t)p * DIRECTIONS, parent = b->parent[p];
        for (int d = 0; d < DIRECTIONS; d++) halo[d] = -1;
        for (size_t k = c->begin[parent]; k < c->begin[parent + 1]; k++) {
            int32_t source = c->item[k];
            if (source == parent) continue;
            int d = direction(b->tree->key[parent], b->tree->key[source]);
            halo[d] = halo_of(b, source);
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

size_t sfm_m2l_work_bytes(const sfm_m2l_work *w)
{
    size_t np = (size_t)w->n_parents, nh = (size_t)w->n_halo;
    size_t ints = 2 * (size_t)w->n_slots + np * (OCTANTS + DIRECTIONS) + nh * 2 * OCTANTS;
    return ints * sizeof(int32_t) + np + nh;
}

/* The group's own arrays, in one block, int32 first for alignment; 0: no memory. */
static int copy_work(sfm_m2l_work *work, const sfm_m2l_work *from)
{
    size_t np = (size_t)from->n_parents, nh = (size_t)from->n_halo;
    char *at = sfm_alloc(sfm_m2l_work_bytes(from), 1);
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

static void builder_free(work_builder *b)
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
static starfmm_status builder_init(work_builder *b)
{
    size_t largest = 0, nodes = (size_t)b->tree->n_nodes, groups = (size_t)b->groups->n;
    for (size_t g = 0; g < groups; g++)
        if ((size_t)b->groups->group[g].count > largest)
            largest = (size_t)b->groups->group[g].count;
    size_t halo = DIRECTIONS * largest < nodes ? DIRECTIONS * largest : nodes;
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

/* Every thread has a builder and takes the next group when it is done with one. */
typedef struct group_loop {
    sfm_m2l_work *work; /* [n_groups] */
    int top_level;
    work_builder *builder; /* [threads] */
    atomic_int next, failed;
} group_loop;

static void build_group(work_builder *b, int32_t g, int top_level)
{
    const sfm_group *group = &b->groups->group[g];
    b->group = g;
    b->w.n_trg = group->count;
    b->w.n_parents = b->w.n_halo = b->w.n_slots = 0;
    if (group->level < top_level) return;
    list_targets(b);
    list_sources(b);
}

static void build_groups(void *loop, size_t begin, size_t end)
{
    group_loop *l = loop;
    (void)end; /* one builder is enough for the rest */
    work_builder *b = &l->builder[begin];
    for (int32_t g; (g = atomic_fetch_add(&l->next, 1)) < b->groups->n;) {
        build_group(b, g, l->top_level);
        if (!copy_work(&l->work[g], &b->w)) atomic_store(&l->failed, 1);
    }
}

starfmm_status sfm_m2l_work_build(sfm_m2l_work **m2l, const sfm_tree *tree,
                                  const sfm_groups *groups, int top_level,
                                  const sfm_csr *colleagues, sfm_helpers *helpers)
{
    size_t n = (size_t)groups->n, n_threads = (size_t)sfm_helpers_size(helpers);
    group_loop l = {.top_level = top_level};
    l.builder = sfm_calloc(n_threads, sizeof *l.builder);
    l.work = *m2l = sfm_calloc(n, sizeof **m2l);
    starfmm_status status = STARFMM_OK;
    if (!l.builder || !l.work)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for the M2L work of %zu groups", n);
    for (size_t i = 0; i < n_threads && status == STARFMM_OK; i++) {
        l.builder[i].tree = tree;
        l.builder[i].groups = groups;
        l.builder[i].colleagues = colleagues;
        status = builder_init(&l.builder[i]);
    }
    if (status == STARFMM_OK) {
        sfm_parallel_for(helpers, n_threads, 1, build_groups, &l);
        if (atomic_load(&l.failed))
            status =
                sfm_fail(STARFMM_ENOMEM, "no memory for the M2L work of %zu groups", n);
    }
    for (size_t i = 0; l.builder && i < n_threads; i++) builder_free(&l.builder[i]);
    sfm_free(l.builder);
    return status;
}

void sfm_m2l_work_free(sfm_m2l_work *m2l, int32_t n_groups)
{
    /* slot_group begins the one block of a group. */
    for (int32_t g = 0; m2l && g < n_groups; g++) sfm_free(m2l[g].slot_group);
    sfm_free(m2l);
}
