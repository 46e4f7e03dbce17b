/* SPDX-License-Identifier: BSD-3-Clause */
/* Operators <-> an HDF5 file in memory (the core driver without a backing file). */
#include <hdf5.h>
#include <string.h>

#include "base/hdf5_file.h"
#include "base/memory.h"
#include "precompute/store_format.h"

/* HDF5 wants a name; no file of that name is touched. */
#define IMAGE_NAME "starfmm-operators"

/* Everything open in the file is closed with it, so that error paths have one thing to
 * close. `size` is the step in which the driver grows its memory. */
static hid_t image_access(size_t size)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && H5Pset_fapl_core(access, size, 0) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        return access;
    H5Pclose(access);
    return -1;
}

/* ---- attributes ------------------------------------------------------------ */

/* One field of the root group; in memory `count` items of the native `type`. */
typedef struct field {
    const char *name;
    hid_t type, file_type;
    hsize_t count;
    void *data;
} field;

#define N_INTS 4
#define N_DOUBLES 5
#define N_NUMBERS (N_INTS + N_DOUBLES)

/* Where the numbers of a set are; `kernel` and `rank` stand for what is not an int. */
static void list_numbers(sfm_operators_key *key, int32_t *kernel, int32_t *rank,
                         field fields[N_NUMBERS])
{
    const field ints[N_INTS] = {{"kernel", 0, 0, 1, kernel},
                                {"order", 0, 0, 1, &key->order},
                                {"check_order", 0, 0, 1, &key->check_order},
                                {"rank", 0, 0, 1, rank}};
    const field doubles[N_DOUBLES] = {{"params", 0, 0, STARFMM_MAX_PARAMS, key->params},
                                      {"alpha_inner", 0, 0, 1, &key->alpha_inner},
                                      {"alpha_outer", 0, 0, 1, &key->alpha_outer},
                                      {"cutoff", 0, 0, 1, &key->cutoff},
                                      {"floor", 0, 0, 1, &key->floor}};
    for (int i = 0; i < N_INTS; i++) {
        fields[i] = ints[i];
        fields[i].type = H5T_NATIVE_INT;
        fields[i].file_type = H5T_STD_I32LE;
    }
    for (int i = 0; i < N_DOUBLES; i++) {
        fields[N_INTS + i] = doubles[i];
        fields[N_INTS + i].type = H5T_NATIVE_DOUBLE;
        fields[N_INTS + i].file_type = H5T_IEEE_F64LE;
    }
}

static int write_field(hid_t file, const field *f)
{
    hid_t space = H5Screate_simple(1, &f->count, NULL);
    hid_t attribute =
        H5Acreate2(file, f->name, f->file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    int ok = attribute >= 0 && H5Awrite(attribute, f->type, f->data) >= 0;
    H5Aclose(attribute);
    H5Sclose(space);
    return ok;
}

/* Only when the file holds that many items of that class and size: no overrun. */
static int read_field(hid_t file, const field *f)
{
    hid_t attribute = H5Aopen(file, f->name, H5P_DEFAULT);
    hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
    int ok = attribute >= 0 && H5Sget_simple_extent_npoints(space) == (hssize_t)f->count &&
             H5Tget_class(type) == H5Tget_class(f->file_type) &&
             H5Tget_size(type) == H5Tget_size(f->file_type) &&
             !(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) != 0) &&
             H5Aread(attribute, f->type, f->data) >= 0;
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
    return ok;
}

/* The library version is a string of fixed size. */
static int transfer_version(hid_t file, char text[SFM_STORE_VERSION_SIZE],
                            int (*transfer)(hid_t, const field *))
{
    hid_t type = H5Tcopy(H5T_C_S1);
    field f = {"library_version", type, type, 1, text};
    int ok = H5Tset_size(type, SFM_STORE_VERSION_SIZE) >= 0 && transfer(file, &f);
    H5Tclose(type);
    return ok;
}

/* ---- arrays ---------------------------------------------------------------- */

static int array_shape(const sfm_store_array *array, hsize_t shape[2])
{
    shape[0] = (hsize_t)array->rows;
    shape[1] = (hsize_t)array->cols;
    return array->cols == 0 ? 1 : 2;
}

/* A matrix of no columns (rank 0) is not a vector. */
static int is_empty(const sfm_store_array *array, int rank)
{
    return rank == 0 && (array->rows == 0 || array->cols == 0);
}

static int write_array(hid_t file, const sfm_store_array *array)
{
    hsize_t shape[2];
    hid_t space = H5Screate_simple(array_shape(array, shape), shape, NULL);
    hid_t set = H5Dcreate2(file, array->name, H5T_IEEE_F64LE, space, H5P_DEFAULT,
                           H5P_DEFAULT, H5P_DEFAULT);
    int ok = set >= 0 && H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                  array->data) >= 0;
    H5Dclose(set);
    H5Sclose(space);
    return ok;
}

static int shape_fits(hid_t set, const sfm_store_array *array)
{
    hsize_t want[2], got[2] = {0, 0};
    int n_dims = array_shape(array, want);
    hid_t space = H5Dget_space(set), type = H5Dget_type(set),
          how = H5Dget_create_plist(set);
    int ok = H5Sget_simple_extent_ndims(space) == n_dims &&
             H5Sget_simple_extent_dims(space, got, NULL) == n_dims && got[0] == want[0] &&
             (n_dims == 1 || got[1] == want[1]) && H5Tget_class(type) == H5T_FLOAT &&
             H5Tget_size(type) == sizeof(double) && H5Pget_layout(how) == H5D_CONTIGUOUS &&
             H5Pget_external_count(how) == 0;
    H5Pclose(how);
    H5Tclose(type);
    H5Sclose(space);
    return ok;
}

static starfmm_status read_array(hid_t file, const char *path, const sfm_store_array *array)
{
    hid_t set = H5Dopen2(file, array->name, H5P_DEFAULT);
    starfmm_status status = STARFMM_OK;
    if (set < 0)
        status = sfm_fail(STARFMM_EFORMAT, "%s: no dataset '%s'", path, array->name);
    else if (!shape_fits(set, array))
        status = sfm_fail(STARFMM_EFORMAT, "%s: dataset '%s' is not %d x %d plain doubles",
                          path, array->name, array->rows, array->cols ? array->cols : 1);
    else if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) <
             0)
        status =
            sfm_fail(STARFMM_EFORMAT, "%s: dataset '%s' cannot be read", path, array->name);
    H5Dclose(set);
    return status;
}

/* ---- whole images ---------------------------------------------------------- */

static int write_all(hid_t file, const sfm_operators *ops)
{
    char version[SFM_STORE_VERSION_SIZE] = SFM_STORE_VERSION;
    sfm_operators_key key = ops->key;
    int32_t kernel = (int32_t)key.kernel, rank = ops->up_rank;
    field fields[N_NUMBERS];
    sfm_store_array arrays[SFM_STORE_N_ARRAYS];
    list_numbers(&key, &kernel, &rank, fields);
    sfm_store_arrays(ops, arrays);
    int ok = transfer_version(file, version, write_field);
    for (int i = 0; i < N_NUMBERS && ok; i++) ok = write_field(file, &fields[i]);
    for (int i = 0; i < SFM_STORE_N_ARRAYS && ok; i++)
        ok = is_empty(&arrays[i], rank) || write_array(file, &arrays[i]);
    return ok && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
}

static starfmm_status copy_image(hid_t file, unsigned char **image, size_t *size)
{
    ssize_t bytes = H5Fget_file_image(file, NULL, 0);
    *image = bytes > 0 ? sfm_alloc((size_t)bytes, 1) : NULL;
    if (*image == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a file image of %zd bytes", bytes);
    *size = (size_t)bytes;
    if (H5Fget_file_image(file, *image, *size) == bytes) return STARFMM_OK;
    sfm_free(*image);
    return sfm_fail(STARFMM_EIO, "HDF5 did not give the image of %zd bytes", bytes);
}

starfmm_status sfm_store_encode(const sfm_operators *ops, unsigned char **image,
                                size_t *size)
{
    starfmm_status status = STARFMM_OK;
    *image = NULL;
    sfm_hdf5_lock();
    hid_t access = image_access(sfm_store_array_bytes(ops->n_e, ops->n_c, ops->up_rank) +
                                SFM_STORE_OVERHEAD);
    hid_t file = H5Fcreate(IMAGE_NAME, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file < 0 || !write_all(file, ops))
        status = sfm_fail(STARFMM_EIO, "HDF5 could not take operators of order %d, %d",
                          ops->key.order, ops->key.check_order);
    else
        status = copy_image(file, image, size);
    H5Fclose(file);
    H5Pclose(access);
    sfm_hdf5_unlock();
    return status;
}

static starfmm_status check_fields(hid_t file, const char *path,
                                   const sfm_operators_key *key, int *rank)
{
    char version[SFM_STORE_VERSION_SIZE];
    sfm_operators_key stored = *key;
    int32_t kernel, stored_rank;
    field fields[N_NUMBERS];
    list_numbers(&stored, &kernel, &stored_rank, fields);
    if (!transfer_version(file, version, read_field))
        return sfm_fail(STARFMM_EFORMAT, "%s: no library version", path);
    if (strncmp(version, SFM_STORE_VERSION, sizeof version) != 0)
        return sfm_fail(STARFMM_EFORMAT, "%s: written by version %.*s, this is %s", path,
                        (int)sizeof version, version, SFM_STORE_VERSION);
    for (int i = 0; i < N_NUMBERS; i++)
        if (!read_field(file, &fields[i]))
            return sfm_fail(STARFMM_EFORMAT,
                            "%s: attribute '%s' is missing or of another type", path,
                            fields[i].name);
    stored.kernel = (starfmm_kernel)kernel;
    if (!sfm_operators_key_equal(&stored, key))
        return sfm_fail(STARFMM_EFORMAT,
                        "%s: operators of kernel %d, order %d, %d, surfaces %g, %g, cutoff "
                        "%g, floor %g, "
                        "parameter %g instead of %d, %d, %d, %g, %g, %g, %g, %g",
                        path, (int)kernel, stored.order, stored.check_order,
                        stored.alpha_inner, stored.alpha_outer, stored.cutoff, stored.floor,
                        stored.params[0], (int)key->kernel, key->order, key->check_order,
                        key->alpha_inner, key->alpha_outer, key->cutoff, key->floor,
                        key->params[0]);
    *rank = stored_rank;
    return STARFMM_OK;
}

static starfmm_status read_all(hid_t file, const char *path, const sfm_operators_key *key,
                               sfm_operators *ops)
{
    sfm_store_array arrays[SFM_STORE_N_ARRAYS];
    int rank = 0;
    SFM_TRY(check_fields(file, path, key, &rank));
    starfmm_status status = sfm_operators_allocate(ops, key, rank);
    if (status == STARFMM_EINVAL)
        return sfm_fail(STARFMM_EFORMAT, "%s: rank %d for order %d, %d", path, rank,
                        key->order, key->check_order);
    SFM_TRY(status);
    sfm_store_arrays(ops, arrays);
    for (int i = 0; i < SFM_STORE_N_ARRAYS; i++)
        if (!is_empty(&arrays[i], rank)) SFM_TRY(read_array(file, path, &arrays[i]));
    return STARFMM_OK;
}

starfmm_status sfm_store_decode(const char *path, unsigned char *image, size_t size,
                                const sfm_operators_key *key, sfm_operators *ops)
{
    starfmm_status status;
    sfm_hdf5_lock();
    hid_t access = image_access(SFM_STORE_OVERHEAD);
    H5Pset_file_image(access, image, size);
    hid_t file = H5Fopen(IMAGE_NAME, H5F_ACC_RDONLY, access);
    if (file < 0)
        status = sfm_fail(STARFMM_EFORMAT, "%s: HDF5 cannot open it", path);
    else
        status = read_all(file, path, key, ops);
    H5Fclose(file);
    H5Pclose(access);
    sfm_hdf5_unlock();
    return status;
}
