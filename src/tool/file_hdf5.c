/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5: an array is a dataset, an attribute one of the root group; base/hdf5_file.h knows
 * the rest. */
#include <stdio.h>

#include "base/hdf5_file.h"
#include "tool/file.h"

/* ---- reading ----------------------------------------------------------------------- */

static int read_array(const char *path, tool_array *a)
{
    sfm_hdf5_item item = {.name = a->name};
    TOOL_TRY(tool_check(sfm_hdf5_look(path, 1, &item), "input"));
    if (item.rank < 0 && a->is_optional) return TOOL_OK;
    if (item.rank < 0)
        return tool_fail(TOOL_INPUT, "%s has no dataset '%s'", path, a->name);
    if (item.type != SFM_HDF5_F32 && item.type != SFM_HDF5_F64)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' is not of type float or double",
                         path, a->name);
    if (item.rank < 1 || item.rank > TOOL_MAX_RANK)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' has rank %d, not 1 to %d", path,
                         a->name, item.rank, TOOL_MAX_RANK);
    a->rank = item.rank;
    for (int i = 0; i < TOOL_MAX_RANK; i++) a->dims[i] = item.dims[i];
    size_t row = tool_array_width(a) * sizeof(double);
    TOOL_TRY(tool_alloc(&a->data, a->dims[0], row, a->name));
    item.type = SFM_HDF5_F64;
    item.data = a->data;
    return tool_check(sfm_hdf5_read(path, 1, &item), "input");
}

/* Found are those of the kind, and texts that fit. */
static void read_attribute(const char *path, tool_attribute *a)
{
    char name[64];
    sfm_hdf5_item item = {.name = name};
    snprintf(name, sizeof(name), "@%s", a->name);
    int is_text = a->kind == TOOL_ATTRIBUTE_TEXT;
    a->found = 0;
    if (sfm_hdf5_look(path, 1, &item) != STARFMM_OK || item.rank != 0 ||
        is_text != (item.type == SFM_HDF5_TEXT) ||
        (is_text && item.dims[0] >= sizeof(a->text)))
        return;
    if (!is_text) item.type = SFM_HDF5_F64;
    item.data = is_text ? (void *)a->text : &a->number;
    a->found = sfm_hdf5_read(path, 1, &item) == STARFMM_OK;
}

int tool_hdf5_read(const char *path, tool_contents *contents)
{
    for (int i = 0; i < contents->n_attributes; i++)
        read_attribute(path, &contents->attributes[i]);
    if (contents->fit) TOOL_TRY(contents->fit(contents, contents->arg));
    for (int i = 0; i < contents->n_arrays; i++)
        TOOL_TRY(read_array(path, &contents->arrays[i]));
    return TOOL_OK;
}

/* ---- writing ----------------------------------------------------------------------- */

#define MAX_ITEMS 48

int tool_hdf5_write(sfm_replacement *file, const tool_contents *contents)
{
    sfm_hdf5_item items[MAX_ITEMS];
    char names[MAX_ITEMS][64];
    long long integers[MAX_ITEMS];
    int n = 0;
    for (int i = 0; i < contents->n_arrays; i++) {
        const tool_array *a = &contents->arrays[i];
        const char *const told[][2] = {
            {"meaning", a->meaning}, {"units", a->units}, {"axes", a->axes}};
        if (!a->data) continue;
        items[n++] = (sfm_hdf5_item){a->name,
                                     a->is_float ? SFM_HDF5_F32 : SFM_HDF5_F64,
                                     a->rank,
                                     {a->dims[0], a->dims[1], a->dims[2]},
                                     a->data};
        for (int k = 0; k < 3; k++) {
            if (!told[k][1]) continue;
            snprintf(names[n], sizeof(names[n]), "%s@%s", a->name, told[k][0]);
            items[n] = sfm_hdf5_text(names[n], told[k][1]);
            n++;
        }
    }
    for (int i = 0; i < contents->n_attributes; i++, n++) {
        tool_attribute *a = &contents->attributes[i];
        snprintf(names[n], sizeof(names[n]), "@%s", a->name);
        integers[n] = (long long)a->number;
        items[n] = (sfm_hdf5_item){names[n], SFM_HDF5_F64, 0, {1}, &a->number};
        if (a->kind == TOOL_ATTRIBUTE_TEXT) items[n] = sfm_hdf5_text(names[n], a->text);
        if (a->kind == TOOL_ATTRIBUTE_INTEGER)
            items[n] = (sfm_hdf5_item){names[n], SFM_HDF5_I64, 0, {1}, &integers[n]};
    }
    return tool_check(sfm_hdf5_write(file, n, items), "output");
}
