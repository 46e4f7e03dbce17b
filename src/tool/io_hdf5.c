/* SPDX-License-Identifier: BSD-3-Clause */
/* The arrays and attributes of tool/file.h as items of an HDF5 file. */
#include <stdio.h>
#include <string.h>

#include "base/hdf5_file.h"
#include "tool/file.h"

/* ---- reading --------------------------------------------------------------------- */

static int read_array(const char *path, tool_array *a)
{
    sfm_hdf5_item item = {.name = a->name};
    if (sfm_hdf5_look(path, 1, &item) != STARFMM_OK)
        return tool_fail(TOOL_INPUT, "%s", sfm_get_error());
    a->rank = item.rank;
    if (item.rank < 0 && a->is_optional) return TOOL_OK;
    if (item.rank < 0)
        return tool_fail(TOOL_INPUT, "%s has no dataset '%s'", path, a->name);
    if (item.type != SFM_HDF5_F32 && item.type != SFM_HDF5_F64)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' is not of type float or double",
                         path, a->name);
    if (item.rank < 1 || item.rank > TOOL_MAX_RANK)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' has rank %d, not 1 to %d", path,
                         a->name, a->rank, TOOL_MAX_RANK);
    for (int i = 0; i < TOOL_MAX_RANK; i++) a->dims[i] = item.dims[i];
    TOOL_TRY(
        tool_alloc(&a->data, a->dims[0], tool_array_width(a) * sizeof(double), a->name));
    item.type = SFM_HDF5_F64;
    item.data = a->data;
    if (sfm_hdf5_read(path, 1, &item) != STARFMM_OK)
        return tool_fail(TOOL_INPUT, "%s", sfm_get_error());
    return TOOL_OK;
}

/* Found are those of the kind, and texts that fit. */
static void read_attribute(const char *path, tool_attribute *a)
{
    char name[64];
    sfm_hdf5_item item = {.name = name};
    snprintf(name, sizeof(name), "@%s", a->name);
    int is_text = a->kind == TOOL_ATTRIBUTE_TEXT;
    a->found = 0;
    if (sfm_hdf5_look(path, 1, &item) != STARFMM_OK) return;
    if (is_text != (item.type == SFM_HDF5_TEXT)) return;
    if (is_text && item.dims[0] >= sizeof(a->text)) return;
    if (!is_text) item.type = SFM_HDF5_F64;
    item.data = is_text ? (void *)a->text : &a->number;
    a->found = item.rank == 0 && sfm_hdf5_read(path, 1, &item) == STARFMM_OK;
}

int tool_hdf5_read(const char *path, tool_contents *contents)
{
    for (int i = 0; i < contents->n_arrays; i++)
        TOOL_TRY(read_array(path, &contents->arrays[i]));
    for (int i = 0; i < contents->n_attributes; i++)
        read_attribute(path, &contents->attributes[i]);
    return TOOL_OK;
}

/* ---- writing --------------------------------------------------------------------- */

/* One value, which the item points to; `name` and `integer` are its room. */
static sfm_hdf5_item attribute_item(tool_attribute *a, char name[64], long long *integer)
{
    snprintf(name, 64, "@%s", a->name);
    *integer = (long long)a->number;
    if (a->kind == TOOL_ATTRIBUTE_TEXT)
        return (sfm_hdf5_item){name, SFM_HDF5_TEXT, 0, {strlen(a->text) + 1}, a->text};
    if (a->kind == TOOL_ATTRIBUTE_INTEGER)
        return (sfm_hdf5_item){name, SFM_HDF5_I64, 0, {1}, integer};
    return (sfm_hdf5_item){name, SFM_HDF5_F64, 0, {1}, &a->number};
}

int tool_hdf5_write(sfm_replacement *file, const tool_contents *contents)
{
    enum { MOST = 32 };
    sfm_hdf5_item items[MOST];
    char names[MOST][64];
    long long integers[MOST];
    int n = 0;
    for (int i = 0; i < contents->n_arrays; i++) {
        const tool_array *a = &contents->arrays[i];
        sfm_hdf5_type type = a->is_float ? SFM_HDF5_F32 : SFM_HDF5_F64;
        if (!a->data) continue;
        items[n++] = (sfm_hdf5_item){
            a->name, type, a->rank, {a->dims[0], a->dims[1], a->dims[2]}, a->data};
    }
    for (int i = 0; i < contents->n_attributes; i++, n++)
        items[n] = attribute_item(&contents->attributes[i], names[n], &integers[n]);
    if (sfm_hdf5_write(file, n, items, 0) == STARFMM_OK) return TOOL_OK;
    return tool_fail(TOOL_OUTPUT, "%s", sfm_get_error());
}
