/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of a plan:
 *
 *   /tree    keys [n] u64 (1, then 3 bits a level), parent, first_child [n] i32 (-1: none),
 *            n_children [n] u8, level_begin [depth + 2] i32, centre [3], half_side [1]
 *   /sources, /targets   index [points] u32 (tree order -> caller's row), begin [n + 1],
 *            count [n] u64
 *   /lists/u, v, w, x    begin [n + 1] u64, item [begin[n]] i32
 *   /groups  level, first, count [groups] i32
 */
#include "plan/plan.h"

#include <hdf5.h>
#include <string.h>

#include "base/hdf5_guard.h"
#include "base/memory.h"
#include "base/replace_file.h"

static int write_array(hid_t folder, const char *name, hid_t type, size_t n,
                       const void *data)
{
    hsize_t size = n;
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t set =
        H5Dcreate2(folder, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = set >= 0 &&
             (n == 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    return ok;
}

static int write_tree(hid_t file, const sfm_tree *t)
{
    size_t n = (size_t)t->n_nodes;
    hid_t to = H5Gcreate2(file, "tree", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = to >= 0 && write_array(to, "keys", H5T_NATIVE_UINT64, n, t->key) &&
             write_array(to, "parent", H5T_NATIVE_INT32, n, t->parent) &&
             write_array(to, "first_child", H5T_NATIVE_INT32, n, t->first_child) &&
             write_array(to, "n_children", H5T_NATIVE_UINT8, n, t->n_children) &&
             write_array(to, "level_begin", H5T_NATIVE_INT32, (size_t)t->depth + 2,
                         t->level_begin) &&
             write_array(to, "centre", H5T_NATIVE_DOUBLE, 3, t->centre) &&
             write_array(to, "half_side", H5T_NATIVE_DOUBLE, 1, &t->half);
    H5Gclose(to);
    return ok;
}

static int write_points(hid_t file, const char *name, const sfm_points *p, size_t n_nodes)
{
    hid_t to = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = to >= 0 && write_array(to, "index", H5T_NATIVE_UINT32, p->n, p->index) &&
             write_array(to, "begin", H5T_NATIVE_UINT64, n_nodes + 1, p->begin) &&
             write_array(to, "count", H5T_NATIVE_UINT64, n_nodes, p->count);
    H5Gclose(to);
    return ok;
}

static int write_list(hid_t lists, const char *name, const sfm_csr *csr, size_t n_nodes)
{
    hid_t to = H5Gcreate2(lists, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = to >= 0 &&
             write_array(to, "begin", H5T_NATIVE_UINT64, n_nodes + 1, csr->begin) &&
             write_array(to, "item", H5T_NATIVE_INT32, csr->begin[n_nodes], csr->item);
    H5Gclose(to);
    return ok;
}

/* V of all nodes, which is stored nowhere else. */
static starfmm_status collect_v(const sfm_tree *t, const sfm_lists *lists, sfm_csr *v)
{
    size_t n = (size_t)t->n_nodes;
    int32_t row[SFM_MAX_V];
    v->begin = sfm_calloc(n + 1, sizeof *v->begin);
    if (!v->begin) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu nodes", n);
    for (size_t i = 0; i < n; i++)
        v->begin[i + 1] = v->begin[i] + (size_t)sfm_lists_v(lists, t, (int32_t)i, row);
    v->item = sfm_alloc(v->begin[n], sizeof *v->item);
    if (!v->item) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu pairs", v->begin[n]);
    for (size_t i = 0; i < n; i++) {
        int length = sfm_lists_v(lists, t, (int32_t)i, row);
        memcpy(v->item + v->begin[i], row, (size_t)length * sizeof *row);
    }
    return STARFMM_OK;
}

static int write_lists(hid_t file, const sfm_lists *l, const sfm_csr *v, size_t n_nodes)
{
    hid_t to = H5Gcreate2(file, "lists", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = to >= 0 && write_list(to, "u", &l->u, n_nodes) &&
             write_list(to, "v", v, n_nodes) && write_list(to, "w", &l->w, n_nodes) &&
             write_list(to, "x", &l->x, n_nodes);
    H5Gclose(to);
    return ok;
}

static int write_groups(hid_t file, const sfm_groups *g)
{
    size_t n = (size_t)g->n;
    int32_t *column = sfm_alloc(3 * n, sizeof *column);
    if (!column) return 0;
    for (size_t i = 0; i < n; i++) {
        column[i] = g->group[i].level;
        column[n + i] = g->group[i].first;
        column[2 * n + i] = g->group[i].count;
    }
    hid_t to = H5Gcreate2(file, "groups", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = to >= 0 && write_array(to, "level", H5T_NATIVE_INT32, n, column) &&
             write_array(to, "first", H5T_NATIVE_INT32, n, column + n) &&
             write_array(to, "count", H5T_NATIVE_INT32, n, column + 2 * n);
    H5Gclose(to);
    sfm_free(column);
    return ok;
}

/* Step in which HDF5's memory grows. */
#define GROWTH ((size_t)1 << 20)

/* A file in memory only; closing it closes everything in it. */
static hid_t create_in_memory(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file = -1;
    /* The name is HDF5's wish; no such file is touched. */
    if (access >= 0 && H5Pset_fapl_core(access, GROWTH, 0) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        file = H5Fcreate("starfmm-plan", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

/* The bytes of the file, to be freed; NULL on failure. */
static void *take_image(hid_t file, size_t *size)
{
    ssize_t bytes =
        H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (bytes <= 0) return NULL;
    void *image = sfm_alloc((size_t)bytes, 1);
    *size = (size_t)bytes;
    if (image && H5Fget_file_image(file, image, (size_t)bytes) == bytes) return image;
    sfm_free(image);
    return NULL;
}

static void *encode(const sfm_plan *p, const sfm_lists *lists, const sfm_csr *v,
                    size_t *size)
{
    size_t n = (size_t)p->geometry.tree.n_nodes;
    void *image = NULL;
    sfm_hdf5_lock();
    hid_t file = create_in_memory();
    if (file >= 0 && write_tree(file, &p->geometry.tree) &&
        write_points(file, "sources", &p->geometry.tree.src, n) &&
        write_points(file, "targets", &p->geometry.tree.trg, n) && write_lists(file, lists, v, n) &&
        write_groups(file, &p->schedule.groups))
        image = take_image(file, size);
    if (file >= 0) H5Fclose(file);
    sfm_hdf5_unlock();
    return image;
}

static starfmm_status replace(const sfm_plan *plan, const sfm_lists *lists,
                              const sfm_csr *v, const char *path)
{
    size_t size = 0;
    void *image = encode(plan, lists, v, &size);
    if (!image)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the HDF5 image of %d nodes",
                        (int)plan->geometry.tree.n_nodes);
    const sfm_file_part part[2] = {{image, size}, {NULL, 0}};
    starfmm_status status = sfm_replace_file(path, part);
    sfm_free(image);
    return status;
}

starfmm_status sfm_plan_write(const sfm_plan *plan, const char *path)
{
    sfm_lists lists = {0};
    sfm_csr v = {0};
    starfmm_status status = sfm_lists_build(&lists, &plan->geometry.tree, NULL);
    if (status == STARFMM_OK) status = collect_v(&plan->geometry.tree, &lists, &v);
    if (status == STARFMM_OK) status = replace(plan, &lists, &v, path);
    sfm_free(v.begin);
    sfm_free(v.item);
    sfm_lists_free(&lists);
    return status;
}
