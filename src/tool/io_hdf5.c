/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/file.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* HDF5 prints a stack of its own errors unless told not to. */
static void silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void tool_hdf5_start(void)
{
    H5dont_atexit();
}

int tool_hdf5_is(const char *path)
{
    struct stat s;
    silence();
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && H5Fis_hdf5(path) > 0;
}

/* ---- reading --------------------------------------------------------------------- */

static int read_shape(const char *path, tool_array *a, hid_t set)
{
    hsize_t dims[TOOL_MAX_RANK] = {1, 1, 1};
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    int is_real = H5Tget_class(type) == H5T_FLOAT;
    a->rank = H5Sget_simple_extent_ndims(space);
    int is_simple = a->rank >= 1 && a->rank <= TOOL_MAX_RANK &&
                    H5Sget_simple_extent_dims(space, dims, NULL) == a->rank;
    H5Tclose(type);
    H5Sclose(space);
    if (!is_real)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' is not of type float or double",
                         path, a->name);
    if (!is_simple)
        return tool_fail(TOOL_INPUT, "%s: dataset '%s' has rank %d, not 1 to %d", path,
                         a->name, a->rank, TOOL_MAX_RANK);
    for (int i = 0; i < TOOL_MAX_RANK; i++) a->dims[i] = (size_t)dims[i];
    return TOOL_OK;
}

static int read_data(const char *path, tool_array *a, hid_t set)
{
    TOOL_TRY(read_shape(path, a, set));
    size_t width = tool_array_width(a);
    TOOL_TRY(tool_alloc(&a->data, a->dims[0], width * sizeof(double), a->name));
    if (a->dims[0] * width == 0) return TOOL_OK;
    if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->data) < 0)
        return tool_fail(TOOL_INPUT,
                         "%s: dataset '%s' cannot be read: damaged or truncated", path,
                         a->name);
    return TOOL_OK;
}

static int read_array(const char *path, tool_array *a, hid_t file)
{
    if (H5Lexists(file, a->name, H5P_DEFAULT) <= 0) {
        if (a->is_optional) return TOOL_OK;
        return tool_fail(TOOL_INPUT, "%s has no dataset '%s'", path, a->name);
    }
    hid_t set = H5Dopen2(file, a->name, H5P_DEFAULT);
    if (set < 0) return tool_fail(TOOL_INPUT, "%s: '%s' is not a dataset", path, a->name);
    int code = read_data(path, a, set);
    H5Dclose(set);
    return code;
}

/* Only strings of fixed length that fit are taken: those that write_attribute writes. */
static void read_text(tool_attribute *a, hid_t id)
{
    hid_t type = H5Aget_type(id);
    size_t size = H5Tget_size(type);
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
        size < sizeof(a->text) && H5Aget_storage_size(id) == size)
        a->found = H5Aread(id, type, a->text) >= 0;
    H5Tclose(type);
}

static void read_number(tool_attribute *a, hid_t id)
{
    hid_t space = H5Aget_space(id);
    if (H5Sget_simple_extent_npoints(space) == 1)
        a->found = H5Aread(id, H5T_NATIVE_DOUBLE, &a->number) >= 0;
    H5Sclose(space);
}

static void read_attribute(tool_attribute *a, hid_t file)
{
    hid_t id = H5Aopen(file, a->name, H5P_DEFAULT);
    a->found = 0;
    if (id < 0) return;
    if (a->kind == TOOL_ATTRIBUTE_TEXT)
        read_text(a, id);
    else
        read_number(a, id);
    H5Aclose(id);
}

int tool_hdf5_read(const char *path, tool_contents *contents)
{
    silence();
    int code = TOOL_OK;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return tool_fail(TOOL_INPUT, "%s: HDF5 cannot open it: damaged?", path);
    for (int i = 0; i < contents->n_arrays && code == TOOL_OK; i++)
        code = read_array(path, &contents->arrays[i], file);
    for (int i = 0; i < contents->n_attributes && code == TOOL_OK; i++)
        read_attribute(&contents->attributes[i], file);
    H5Fclose(file);
    return code;
}

/* ---- writing --------------------------------------------------------------------- */

static int write_array(const tool_array *a, hid_t file)
{
    hsize_t dims[TOOL_MAX_RANK];
    for (int i = 0; i < TOOL_MAX_RANK; i++) dims[i] = a->dims[i];
    hid_t type = a->is_float ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    hid_t space = H5Screate_simple(a->rank, dims, NULL);
    hid_t set =
        H5Dcreate2(file, a->name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int ok = set >= 0;
    if (ok && a->dims[0] * tool_array_width(a) > 0)
        ok = H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->data) >= 0;
    if (set >= 0) ok = H5Dclose(set) >= 0 && ok;
    H5Sclose(space);
    return ok;
}

static hid_t text_type(const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    return type;
}

static int write_attribute(const tool_attribute *a, hid_t file)
{
    long integer = (long)a->number;
    int is_integer = a->kind == TOOL_ATTRIBUTE_INTEGER;
    const void *value = is_integer ? (const void *)&integer : &a->number;
    hid_t type = is_integer ? H5Tcopy(H5T_NATIVE_LONG) : H5Tcopy(H5T_NATIVE_DOUBLE);
    if (a->kind == TOOL_ATTRIBUTE_TEXT) {
        H5Tclose(type);
        type = text_type(a->text);
        value = a->text;
    }
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t id = H5Acreate2(file, a->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    int ok = id >= 0 && H5Awrite(id, type, value) >= 0;
    if (id >= 0) ok = H5Aclose(id) >= 0 && ok;
    H5Sclose(space);
    H5Tclose(type);
    return ok;
}

int tool_hdf5_write(const char *path, const char *shown, const tool_contents *contents)
{
    silence();
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    int ok = file >= 0;
    for (int i = 0; i < contents->n_arrays && ok; i++)
        ok = contents->arrays[i].data == NULL || write_array(&contents->arrays[i], file);
    for (int i = 0; i < contents->n_attributes && ok; i++)
        ok = write_attribute(&contents->attributes[i], file);
    if (file >= 0) ok = H5Fclose(file) >= 0 && ok;
    if (!ok)
        return tool_fail(TOOL_OUTPUT, "%s cannot be written: is the disk full?", shown);
    return TOOL_OK;
}
