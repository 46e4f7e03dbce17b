/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of HDF5 answer with an id or number below 0 on failure, and closing such an id only
 * fails once more; so a chain of calls is made to its end and judged there.  A file is
 * closed with all that is open in it.
 */
#include "base/hdf5_file.h"

#include <hdf5.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* HDF5 wants a name for a file in memory; no file of that name is touched. */
#define IMAGE_NAME "starfmm"
/* What HDF5 adds to the data of a few dozen items is less than this. */
#define OVERHEAD ((size_t)1 << 17)

/* ---- the way in -------------------------------------------------------------------- */

/* HDF5 is not thread-safe in every build. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The host's handler of the errors of this thread, which a library's errors must not reach;
 * guarded by the lock.  HDF5 keeps two kinds and refuses to hand out one as the other. */
static struct {
    unsigned is_v2;
    H5E_auto2_t print2;
#ifndef H5_NO_DEPRECATED_SYMBOLS
    H5E_auto1_t print1;
#endif
    void *data;
} host;

static void lock_hdf5(void)
{
    pthread_mutex_lock(&lock);
    host.is_v2 = 1;
    H5Eauto_is_v2(H5E_DEFAULT, &host.is_v2);
    if (host.is_v2) H5Eget_auto2(H5E_DEFAULT, &host.print2, &host.data);
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!host.is_v2) H5Eget_auto1(&host.print1, &host.data);
#endif
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void unlock_hdf5(void)
{
    H5Eclear2(H5E_DEFAULT);
    if (host.is_v2) H5Eset_auto2(H5E_DEFAULT, host.print2, host.data);
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!host.is_v2) H5Eset_auto1(host.print1, host.data);
#endif
    pthread_mutex_unlock(&lock);
}

/* ---- items ------------------------------------------------------------------------- */

sfm_hdf5_item sfm_hdf5_text(const char *name, const char *text)
{
    return (sfm_hdf5_item){name, SFM_HDF5_TEXT, 0, {strlen(text) + 1}, (void *)text};
}

/* The name of an attribute, NULL for a dataset; and of the object that has it. */
static const char *attribute_of(const sfm_hdf5_item *item, char object[64])
{
    const char *at = strchr(item->name, '@');
    if (!at) return NULL;
    snprintf(object, 64, "%.*s", (int)(at - item->name), item->name);
    if (at == item->name) strcpy(object, ".");
    return at + 1;
}

static hid_t copy_memory_type(const sfm_hdf5_item *item)
{
    const hid_t native[] = {H5T_NATIVE_UINT8,  H5T_NATIVE_INT32,  H5T_NATIVE_UINT32,
                            H5T_NATIVE_INT64,  H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT,
                            H5T_NATIVE_DOUBLE, H5T_C_S1};
    hid_t type = H5Tcopy(native[item->type]);
    if (item->type == SFM_HDF5_TEXT) H5Tset_size(type, item->dims[0]);
    return type;
}

static size_t count_bytes(const sfm_hdf5_item *item)
{
    static const size_t bytes[] = {1, 4, 4, 8, 8, 4, 8};
    if (item->type == SFM_HDF5_TEXT) return item->dims[0];
    size_t n = bytes[item->type];
    for (int d = 0; d < item->rank; d++) n *= item->dims[d];
    return n;
}

static int rank_of(const sfm_hdf5_item *item)
{
    return item->type == SFM_HDF5_TEXT ? 0 : item->rank;
}

static int write_item(hid_t file, const sfm_hdf5_item *item)
{
    hsize_t dims[SFM_HDF5_MAX_RANK] = {1, 1, 1};
    for (int d = 0; d < item->rank; d++) dims[d] = item->dims[d];
    char object[64];
    const char *attribute = attribute_of(item, object);
    int ok = 0, rank = rank_of(item);
    hid_t type = copy_memory_type(item), file_type = H5Tcopy(type);
    hid_t space = rank ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    if (item->type != SFM_HDF5_TEXT) H5Tset_order(file_type, H5T_ORDER_LE);
    if (attribute) {
        hid_t id = H5Acreate_by_name(file, object, attribute, file_type, space, H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT);
        ok = id >= 0 && H5Awrite(id, type, item->data) >= 0;
        H5Aclose(id);
    } else {
        hid_t links = H5Pcreate(H5P_LINK_CREATE);
        H5Pset_create_intermediate_group(links, 1);
        hid_t id =
            H5Dcreate2(file, item->name, file_type, space, links, H5P_DEFAULT, H5P_DEFAULT);
        ok = id >= 0 && (count_bytes(item) == 0 || H5Dwrite(id, type, H5S_ALL, H5S_ALL,
                                                            H5P_DEFAULT, item->data) >= 0);
        H5Dclose(id);
        H5Pclose(links);
    }
    H5Sclose(space);
    H5Tclose(file_type);
    H5Tclose(type);
    return ok;
}

/* An item of a file that is open, with what describes it. */
typedef struct found_item {
    hid_t id, type, space; /* below 0: there is none */
} found_item;

static found_item open_item(hid_t file, const sfm_hdf5_item *item)
{
    found_item f = {-1, -1, -1};
    char object[64];
    const char *attribute = attribute_of(item, object);
    if (attribute) {
        if (H5Aexists_by_name(file, object, attribute, H5P_DEFAULT) <= 0) return f;
        f.id = H5Aopen_by_name(file, object, attribute, H5P_DEFAULT, H5P_DEFAULT);
        f.type = H5Aget_type(f.id);
        f.space = H5Aget_space(f.id);
    } else {
        f.id = H5Dopen2(file, item->name, H5P_DEFAULT);
        f.type = H5Dget_type(f.id);
        f.space = H5Dget_space(f.id);
    }
    return f;
}

static void close_item(found_item f, const sfm_hdf5_item *item)
{
    H5Sclose(f.space);
    H5Tclose(f.type);
    if (strchr(item->name, '@'))
        H5Aclose(f.id);
    else
        H5Dclose(f.id);
}

/* The item as the file has it, but for the data. */
static sfm_hdf5_item describe(found_item f, const char *name)
{
    sfm_hdf5_item item = {.name = name, .type = SFM_HDF5_OTHER, .rank = -1};
    hsize_t dims[H5S_MAX_RANK] = {0};
    if (f.id < 0 || f.type < 0 || f.space < 0) return item;
    size_t bytes = H5Tget_size(f.type);
    H5T_class_t class = H5Tget_class(f.type);
    item.rank = H5Sget_simple_extent_dims(f.space, dims, NULL);
    for (int d = 0; d < SFM_HDF5_MAX_RANK; d++)
        item.dims[d] = d < item.rank ? (size_t)dims[d] : 1;
    if (class == H5T_FLOAT) item.type = bytes <= 4 ? SFM_HDF5_F32 : SFM_HDF5_F64;
    if (class == H5T_INTEGER) {
        int is_signed = H5Tget_sign(f.type) == H5T_SGN_2;
        item.type = bytes <= 4 ? (is_signed ? SFM_HDF5_I32 : SFM_HDF5_U32)
                               : (is_signed ? SFM_HDF5_I64 : SFM_HDF5_U64);
    }
    if (class == H5T_STRING && H5Tis_variable_str(f.type) == 0 &&
        H5Sget_simple_extent_npoints(f.space) == 1) {
        item.type = SFM_HDF5_TEXT;
        item.rank = 0;
        item.dims[0] = bytes;
    }
    return item;
}

static starfmm_status read_item(hid_t file, const char *path, const sfm_hdf5_item *item)
{
    starfmm_status status = STARFMM_OK;
    found_item f = open_item(file, item);
    sfm_hdf5_item there = describe(f, item->name);
    int is_text = item->type == SFM_HDF5_TEXT, rank = rank_of(item);
    int fits = there.rank == rank && there.type != SFM_HDF5_OTHER &&
               is_text == (there.type == SFM_HDF5_TEXT) &&
               (!is_text || there.dims[0] == item->dims[0]);
    for (int d = 0; d < rank && fits; d++) fits = there.dims[d] == item->dims[d];
    hid_t type = copy_memory_type(item);
    if (there.rank < 0)
        status = sfm_fail(STARFMM_EFORMAT, "%s: no '%s'", path, item->name);
    else if (!fits)
        status = sfm_fail(STARFMM_EFORMAT, "%s: '%s' is of another type or size", path,
                          item->name);
    else if (count_bytes(item) > 0 &&
             (strchr(item->name, '@')
                  ? H5Aread(f.id, type, item->data)
                  : H5Dread(f.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, item->data)) < 0)
        status = sfm_fail(STARFMM_EFORMAT, "%s: '%s' cannot be read: damaged or truncated",
                          path, item->name);
    H5Tclose(type);
    close_item(f, item);
    return status;
}

/* ---- files ------------------------------------------------------------------------- */

starfmm_status sfm_hdf5_write(sfm_replacement *to, int n, const sfm_hdf5_item *items)
{
    size_t bytes = OVERHEAD;
    for (int i = 0; i < n; i++) bytes += count_bytes(&items[i]);
    lock_hdf5();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file = -1;
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    if (H5Pset_fapl_core(access, bytes, 0) >= 0)
        file = H5Fcreate(IMAGE_NAME, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    int ok = file >= 0;
    for (int i = 0; i < n && ok; i++) ok = write_item(file, &items[i]);
    void **memory = NULL; /* the file's own: no copy */
    ok = ok && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 &&
         H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&memory) >= 0;
    ssize_t size = ok ? H5Fget_file_image(file, NULL, 0) : -1;
    starfmm_status status =
        size > 0 ? sfm_replacement_write(to, *memory, (size_t)size)
                 : sfm_fail(STARFMM_ENOMEM, "HDF5 has no memory for the %zu bytes of %s",
                            bytes, to->path);
    H5Fclose(file);
    unlock_hdf5();
    return status;
}

starfmm_status sfm_hdf5_replace(const char *path, int n, const sfm_hdf5_item *items)
{
    sfm_replacement file;
    SFM_TRY(sfm_replacement_open(&file, path));
    starfmm_status status = sfm_hdf5_write(&file, n, items);
    if (status == STARFMM_OK) return sfm_replacement_commit(&file);
    sfm_replacement_discard(&file);
    return status;
}

static hid_t open_file(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0)
        sfm_fail(STARFMM_EFORMAT, "%s: HDF5 cannot open it: damaged or truncated?", path);
    return file;
}

starfmm_status sfm_hdf5_look(const char *path, int n, sfm_hdf5_item *items)
{
    lock_hdf5();
    hid_t file = open_file(path);
    for (int i = 0; i < n && file >= 0; i++) {
        found_item f = open_item(file, &items[i]);
        void *data = items[i].data;
        items[i] = describe(f, items[i].name);
        items[i].data = data;
        close_item(f, &items[i]);
    }
    H5Fclose(file);
    unlock_hdf5();
    return file < 0 ? STARFMM_EFORMAT : STARFMM_OK;
}

starfmm_status sfm_hdf5_read(const char *path, int n, const sfm_hdf5_item *items)
{
    starfmm_status status = STARFMM_OK;
    lock_hdf5();
    hid_t file = open_file(path);
    if (file < 0) status = STARFMM_EFORMAT;
    for (int i = 0; i < n && status == STARFMM_OK; i++)
        status = read_item(file, path, &items[i]);
    H5Fclose(file);
    unlock_hdf5();
    return status;
}

int sfm_hdf5_is(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0 || !S_ISREG(s.st_mode)) return 0;
    lock_hdf5();
    int is = H5Fis_hdf5(path) > 0;
    unlock_hdf5();
    return is;
}
