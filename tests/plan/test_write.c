/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan's file read back: the tree, the lists and the groups of plan/write.c, checked
 * against the points and against the definitions of the lists, not against the code that
 * wrote them. */
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "starfmm.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 2000
#define N_TRG 700
#define N_CRIT 12

static char path[256];

static void make_path(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/starfmm-plan-XXXXXX", tmp ? tmp : "/tmp");
    int file = mkstemp(path);
    CHECK(file >= 0);
    close(file); /* an old file that the write replaces */
}

/* A data set as doubles, exact for the sizes here but for keys; its length. */
static double *read_set(hid_t file, const char *name, size_t *n)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(set);
    *n = (size_t)H5Sget_simple_extent_npoints(space);
    double *values = malloc((*n + 1) * sizeof *values);
    CHECKF(set >= 0 &&
               H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
           "%s", name);
    H5Sclose(space);
    H5Dclose(set);
    return values;
}

static uint64_t *read_keys(hid_t file, size_t n)
{
    uint64_t *key = malloc(n * sizeof *key);
    hid_t set = H5Dopen2(file, "tree/keys", H5P_DEFAULT);
    CHECK(H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, key) >= 0);
    H5Dclose(set);
    return key;
}

/* Integer corner and side of a node in cells of level 21, from its key by the definition.
 */
typedef struct box {
    long lo[3], side;
    int level;
} box;

static box box_of(uint64_t key)
{
    box b = {{0, 0, 0}, 1, 0};
    for (uint64_t k = key; k > 1; k >>= 3) b.level++;
    for (int l = 0; l < b.level; l++)
        for (int d = 0; d < 3; d++) b.lo[d] |= (long)(key >> (3 * l + d) & 1) << l;
    b.side = 1L << (21 - b.level);
    for (int d = 0; d < 3; d++) b.lo[d] *= b.side;
    return b;
}

static int touch(const box *a, const box *b)
{
    for (int d = 0; d < 3; d++)
        if (a->lo[d] > b->lo[d] + b->side || b->lo[d] > a->lo[d] + a->side) return 0;
    return 1;
}

/* Everything of the file. */
typedef struct image {
    size_t n, n_groups, n_items[4];
    uint64_t *key;
    double *parent, *first_child, *n_children, *level_begin, *centre, *half;
    double *index[2], *begin[2], *count[2], *list_begin[4], *list_item[4];
    double *level, *first, *group_count;
    size_t n_points[2];
    box *box;
} image;

static void read_image(image *m)
{
    size_t n;
    char name[64];
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CHECK(file >= 0);
    m->parent = read_set(file, "tree/parent", &m->n);
    m->key = read_keys(file, m->n);
    m->first_child = read_set(file, "tree/first_child", &n);
    m->n_children = read_set(file, "tree/n_children", &n);
    m->level_begin = read_set(file, "tree/level_begin", &n);
    m->centre = read_set(file, "tree/centre", &n);
    m->half = read_set(file, "tree/half_side", &n);
    for (int s = 0; s < 2; s++) {
        const char *set = s ? "targets" : "sources";
        snprintf(name, sizeof name, "%s/index", set);
        m->index[s] = read_set(file, name, &m->n_points[s]);
        snprintf(name, sizeof name, "%s/begin", set);
        m->begin[s] = read_set(file, name, &n);
        CHECK(n == m->n + 1);
        snprintf(name, sizeof name, "%s/count", set);
        m->count[s] = read_set(file, name, &n);
    }
    for (int k = 0; k < 4; k++) {
        snprintf(name, sizeof name, "lists/%c/begin", "uvwx"[k]);
        m->list_begin[k] = read_set(file, name, &n);
        snprintf(name, sizeof name, "lists/%c/item", "uvwx"[k]);
        m->list_item[k] = read_set(file, name, &m->n_items[k]);
    }
    m->level = read_set(file, "groups/level", &m->n_groups);
    m->first = read_set(file, "groups/first", &n);
    m->group_count = read_set(file, "groups/count", &n);
    H5Fclose(file);
    m->box = malloc(m->n * sizeof *m->box);
    for (size_t i = 0; i < m->n; i++) m->box[i] = box_of(m->key[i]);
}

static void free_image(image *m)
{
    void *all[] = {m->key,      m->parent,   m->first_child, m->n_children,  m->level_begin,
                   m->centre,   m->half,     m->level,       m->group_count, m->first,
                   m->index[0], m->index[1], m->begin[0],    m->begin[1],    m->count[0],
                   m->count[1], m->box};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (int k = 0; k < 4; k++) {
        free(m->list_begin[k]);
        free(m->list_item[k]);
    }
}

static void check_tree(const image *m)
{
    CHECK(m->n > 100 && m->key[0] == 1 && m->parent[0] == -1);
    for (size_t i = 1; i < m->n; i++) {
        CHECK(m->key[i] > m->key[i - 1]);
        CHECK(m->key[(size_t)m->parent[i]] == m->key[i] >> 3);
    }
    for (size_t i = 0; i < m->n; i++)
        for (int c = 0; c < (int)m->n_children[i]; c++)
            CHECK(m->parent[(size_t)m->first_child[i] + (size_t)c] == (double)i);
    for (size_t l = 0; m->level_begin[l] < (double)m->n; l++)
        CHECK(m->box[(size_t)m->level_begin[l]].level == (int)l);
}

/* Every point is once in the index, inside its leaf. */
static void check_points(const image *m, int s, size_t n, const double *x)
{
    char *seen = calloc(n, 1);
    CHECK(m->n_points[s] == n && m->begin[s][m->n] == (double)n &&
          m->count[s][0] == (double)n);
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = (size_t)m->begin[s][i]; k < (size_t)m->begin[s][i + 1]; k++) {
            size_t row = (size_t)m->index[s][k];
            CHECK(row < n && !seen[row] && m->n_children[i] == 0);
            seen[row] = 1;
            double cell = 2 * *m->half / (1 << 21);
            for (int d = 0; d < 3; d++) {
                double at = (x[3 * row + (size_t)d] - m->centre[d] + *m->half) / cell;
                CHECK(at > (double)m->box[i].lo[d] - 1e-3 &&
                      at < (double)(m->box[i].lo[d] + m->box[i].side) + 1e-3);
            }
        }
    free(seen);
}

/* Is A in B's list k, by Ying, Biros and Zorin's definitions? */
static int belongs(const image *m, int k, size_t b, size_t a)
{
    const box *x = &m->box[b], *y = &m->box[a];
    int leaf_a = m->n_children[a] == 0, leaf_b = m->n_children[b] == 0;
    if (k == 0) return leaf_a && leaf_b && touch(x, y);
    if (k == 1)
        return a && b && x->level == y->level && !touch(x, y) &&
               touch(&m->box[(size_t)m->parent[b]], &m->box[(size_t)m->parent[a]]);
    if (k == 2)
        return leaf_b && y->level > x->level && !touch(x, y) &&
               touch(x, &m->box[(size_t)m->parent[a]]);
    return leaf_a && belongs(m, 2, a, b);
}

static void check_lists(const image *m)
{
    char *in = malloc(m->n);
    size_t wrong = 0;
    for (int k = 0; k < 4; k++) {
        CHECK(m->list_begin[k][m->n] == (double)m->n_items[k] && m->n_items[k] > 0);
        for (size_t b = 0; b < m->n; b++) {
            memset(in, 0, m->n);
            for (size_t i = (size_t)m->list_begin[k][b];
                 i < (size_t)m->list_begin[k][b + 1]; i++)
                in[(size_t)m->list_item[k][i]]++;
            for (size_t a = 0; a < m->n; a++) wrong += in[a] != belongs(m, k, b, a);
        }
        CHECKF(wrong == 0, "list %c: %zu wrong members", "UVWX"[k], wrong);
    }
    free(in);
}

/* The groups cut every level from its first node to its last. */
static void check_groups(const image *m)
{
    double next = 0;
    for (size_t g = 0; g < m->n_groups; g++) {
        CHECK(m->first[g] == next && m->group_count[g] > 0);
        next += m->group_count[g];
        CHECK(m->box[(size_t)m->first[g]].level == (int)m->level[g]);
        CHECK(m->box[(size_t)next - 1].level == (int)m->level[g]);
    }
    CHECK(next == (double)m->n);
}

static void write_and_read(const char *kind, int n_trg)
{
    starfmm_options o;
    starfmm_plan *plan;
    image m;
    double *src = sfm_test_points(kind, N, 5);
    double *trg = n_trg ? sfm_test_points("cube", (size_t)n_trg, 6) : NULL;
    starfmm_options_init(&o);
    o.order = 2;
    o.n_crit = N_CRIT;
    o.group_size = 9;
    make_path();
    CHECK_OK(starfmm_plan_create(&plan, &o, N, src, (size_t)n_trg, trg));
    CHECK_OK(starfmm_plan_write(plan, path));
    CHECK_OK(starfmm_plan_write(plan, path)); /* over itself */
    CHECK_OK(starfmm_plan_destroy(plan));
    read_image(&m);
    check_tree(&m);
    check_points(&m, 0, N, src);
    check_points(&m, 1, n_trg ? (size_t)n_trg : N, trg ? trg : src);
    check_lists(&m);
    check_groups(&m);
    free_image(&m);
    CHECK(unlink(path) == 0);
    free(src);
    free(trg);
}

SFM_CASE(one_set)
{
    write_and_read("plummer", 0);
}
SFM_CASE(two_sets)
{
    write_and_read("ellipsoid", N_TRG);
}

SFM_CASE(no_points)
{
    starfmm_plan *plan;
    image m;
    make_path();
    CHECK_OK(starfmm_plan_create(&plan, NULL, 0, NULL, 0, NULL));
    CHECK_OK(starfmm_plan_write(plan, path));
    CHECK_OK(starfmm_plan_destroy(plan));
    read_image(&m);
    CHECK(m.n == 1 && m.n_points[0] == 0 && m.n_points[1] == 0);
    free_image(&m);
    CHECK(unlink(path) == 0);
}

/* The reader's tools see it. */
SFM_CASE(h5dump)
{
    starfmm_plan *plan;
    char command[600];
    const double x[6] = {0, 0, 0, 1, 1, 1};
    if (system("command -v h5dump >/dev/null") != 0) sfm_test_skip("no h5dump");
    make_path();
    CHECK_OK(starfmm_plan_create(&plan, NULL, 2, x, 0, NULL));
    CHECK_OK(starfmm_plan_write(plan, path));
    CHECK_OK(starfmm_plan_destroy(plan));
    snprintf(command, sizeof command, "h5dump -d /tree/keys '%s' | grep -q '(0): 1'", path);
    CHECK(system(command) == 0);
    CHECK(unlink(path) == 0);
}

SFM_MAIN()
