/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored operators: what comes back is what went in, and nothing else is ever believed. */
#include "precompute/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/hdf5_file.h"
#include "base/memory.h"
#include "operators/surface.h"
#include "precompute/store_format.h"
#include "tests/support/test.h"

#define PATH_SIZE 512

/* A folder of this case's own, removed by leave(). */
static char folder[PATH_SIZE];

static void remove_all(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        char below[2 * PATH_SIZE];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        if (unlink(below) != 0) remove_all(below);
    }
    if (dir != NULL) closedir(dir);
    rmdir(path);
}

static void enter(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/starfmm-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL) sfm_test_skip("no temporary folder can be made");
}

static void leave(void)
{
    remove_all(folder);
}

static const char *in_folder(const char *name)
{
    static char path[2 * PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int count_files(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    while (dir != NULL && readdir(dir) != NULL) n++;
    if (dir != NULL) closedir(dir);
    return n - 2;
}

static const sfm_operators_key small_key = {.kernel = STARFMM_LAPLACE,
                                            .order = 3,
                                            .check_order = 4,
                                            .alpha_inner = SFM_ALPHA_INNER,
                                            .alpha_outer = SFM_ALPHA_OUTER,
                                            .cutoff = SFM_CUTOFF_F64};

static void make(sfm_operators *ops, const sfm_operators_key *key)
{
    CHECK_OK(sfm_operators_compute(ops, key));
}

/* Save the small set under a name; its path. */
static const char *save_small(const char *name)
{
    sfm_operators ops;
    const char *path = in_folder(name);
    make(&ops, &small_key);
    CHECK_OK(sfm_store_save(path, &ops));
    sfm_operators_free(&ops);
    return path;
}

static int same(size_t n, const double *a, const double *b)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static int same_operators(const sfm_operators *a, const sfm_operators *b)
{
    size_t e = (size_t)a->n_e, c = (size_t)a->n_c, r = (size_t)a->up_rank;
    int equal = sfm_operators_key_equal(&a->key, &b->key) && a->n_e == b->n_e &&
                a->n_c == b->n_c && a->up_rank == b->up_rank && a->dn_rank == b->dn_rank &&
                same(r, a->sigma, b->sigma) && same(r * c, a->uc2e[0], b->uc2e[0]) &&
                same(e * r, a->uc2e[1], b->uc2e[1]) &&
                same(r * e, a->dc2e[0], b->dc2e[0]) && same(c * r, a->dc2e[1], b->dc2e[1]);
    for (int o = 0; o < 8; o++) equal = equal && same(e * e, a->m2m[o], b->m2m[o]);
    return equal;
}

static void check_round_trip(sfm_operators_key key, int has_rank)
{
    sfm_operators out, back;
    const char *path = in_folder("a/b/set.h5");
    make(&out, &key);
    CHECK((out.up_rank > 0) == has_rank);
    CHECK_OK(sfm_store_save(path, &out));
    CHECK_OK(sfm_store_load(path, &key, &back));
    CHECK(back.memory != NULL && same_operators(&out, &back));
    CHECKF(count_files(in_folder("a/b")) == 1, "%d files", count_files(in_folder("a/b")));
    sfm_operators_free(&out);
    sfm_operators_free(&back);
}

SFM_CASE(what_comes_back_is_bitwise_what_went_in)
{
    sfm_operators_key key = small_key;
    enter();
    check_round_trip(key, 1);
    key.order = 6, key.check_order = 8, key.floor = 1e-30, key.cutoff = 1e-7;
    check_round_trip(key, 1);
    key.kernel = STARFMM_YUKAWA, key.params[0] = 0.75;
    check_round_trip(key, 1);
    key.params[0] = 5000; /* decays to nothing: rank 0 */
    check_round_trip(key, 0);
    key = small_key;
    key.kernel = STARFMM_COUNT, key.order = 1, key.check_order = 1;
    check_round_trip(key, 1);
    leave();
}

SFM_CASE(hdf5_tools_can_open_it)
{
    double cutoff = 0.0;
    hsize_t shape[2] = {0, 0};
    enter();
    const char *path = save_small("set.h5");
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(file >= 0);
    hid_t attribute = H5Aopen(file, "cutoff", H5P_DEFAULT);
    H5Aread(attribute, H5T_NATIVE_DOUBLE, &cutoff);
    CHECK(cutoff == small_key.cutoff);
    hid_t set = H5Dopen2(file, "u", H5P_DEFAULT), space = H5Dget_space(set);
    H5Sget_simple_extent_dims(space, shape, NULL);
    CHECK(shape[0] == 56 && shape[1] == 26);
    H5Sclose(space);
    H5Dclose(set);
    H5Aclose(attribute);
    H5Fclose(file);
    leave();
}

/* ---- files that must be refused -------------------------------------------- */

static void check_refused(const char *path, starfmm_status status, const char *word)
{
    sfm_operators ops;
    starfmm_status got = sfm_store_load(path, &small_key, &ops);
    CHECKF(got == status, "status %d instead of %d: %s", (int)got, (int)status,
           starfmm_last_error());
    CHECKF(strstr(starfmm_last_error(), word) != NULL, "'%s' says nothing of '%s'",
           starfmm_last_error(), word);
    CHECK(ops.memory == NULL);
    sfm_operators_free(&ops);
}

static void put_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f != NULL);
    if (size > 0) CHECK(fwrite(data, 1, size, f) == size);
    fclose(f);
}

static unsigned char *get_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    unsigned char *data = malloc(1 << 20);
    *size = f != NULL ? fread(data, 1, 1 << 20, f) : 0;
    if (f != NULL) fclose(f);
    return data;
}

SFM_CASE(what_is_no_file_is_refused)
{
    enter();
    check_refused(in_folder("missing"), STARFMM_EIO, "No such file");
    check_refused(folder, STARFMM_EFORMAT, "regular file");
    check_refused("/dev/zero", STARFMM_EFORMAT, "regular file");
    check_refused("", STARFMM_EIO, "No such file");
    const char *path = in_folder("pipe");
    CHECK(mkfifo(path, 0600) == 0);
    check_refused(path, STARFMM_EFORMAT, "regular file");
    path = in_folder("loop");
    CHECK(symlink(path, path) == 0);
    check_refused(path, STARFMM_EIO, "symbolic links");
    leave();
}

/* Run in a child process without root's powers; its exit code. */
#define NOBODY 65534
#define CANNOT_TELL 77
static int as_mortal(int (*run)(const char *path), const char *path)
{
    int outcome = 0;
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(CANNOT_TELL);
        _exit(run(path));
    }
    CHECK(child > 0 && waitpid(child, &outcome, 0) == child);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
}

static int load_is_denied(const char *path)
{
    sfm_operators ops;
    if (sfm_store_load(path, &small_key, &ops) != STARFMM_EIO) return 1;
    return strstr(sfm_get_error(), "Permission denied") == NULL ? 2 : 0;
}

SFM_CASE(an_unreadable_file_is_refused)
{
    enter();
    chmod(folder, 0755);
    const char *path = save_small("set.h5");
    chmod(path, 0);
    int outcome = as_mortal(load_is_denied, path);
    leave();
    if (outcome == CANNOT_TELL) sfm_test_skip("root cannot become another user");
    CHECKF(outcome == 0, "outcome %d", outcome);
}

SFM_CASE(foreign_files_are_refused)
{
    char text[1000];
    enter();
    const char *path = in_folder("set.h5");
    put_file(path, "", 0);
    check_refused(path, STARFMM_EFORMAT, "empty");
    memset(text, 'x', sizeof text);
    put_file(path, text, sizeof text);
    check_refused(path, STARFMM_EFORMAT, "not a file of starfmm");
    put_file(path, text, 3);
    check_refused(path, STARFMM_EFORMAT, "not a file of starfmm");
    memset(text, 0, sizeof text);
    put_file(path, text, sizeof text);
    check_refused(path, STARFMM_EFORMAT, "not a file of starfmm");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    check_refused(path, STARFMM_EFORMAT, "another program");
    leave();
}

SFM_CASE(truncated_files_are_refused)
{
    size_t size;
    enter();
    const char *path = save_small("set.h5");
    unsigned char *data = get_file(path, &size);
    const size_t cuts[] = {1, 17, 30, 60, 511, 512, 513, 600, size / 2, size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        put_file(path, data, cuts[i]);
        check_refused(path, STARFMM_EFORMAT, path);
    }
    data[size] = 0;
    put_file(path, data, size + 1);
    check_refused(path, STARFMM_EFORMAT, "instead of");
    put_file(path, data, size);
    sfm_operators ops;
    CHECK_OK(sfm_store_load(path, &small_key, &ops));
    sfm_operators_free(&ops);
    free(data);
    leave();
}

SFM_CASE(every_flipped_bit_of_the_image_is_found)
{
    size_t size;
    int n_believed = 0;
    enter();
    const char *path = save_small("set.h5");
    unsigned char *data = get_file(path, &size);
    sfm_operators ops;
    for (size_t i = SFM_STORE_HEADER; i < size; i += 97) {
        data[i] ^= (unsigned char)(1u << i % 8);
        put_file(path, data, size);
        n_believed += sfm_store_load(path, &small_key, &ops) != STARFMM_EFORMAT;
        data[i] ^= (unsigned char)(1u << i % 8);
    }
    CHECKF(n_believed == 0, "%d damaged files were not refused", n_believed);
    free(data);
    leave();
}

/* Replace the header by another text. */
static void put_header(const char *path, const char *header)
{
    size_t size;
    unsigned char *data = get_file(path, &size);
    memset(data, 0, SFM_STORE_HEADER);
    memcpy(data, header, strlen(header));
    put_file(path, data, size);
    free(data);
}

SFM_CASE(wrong_headers_are_refused)
{
    enter();
    const char *path = save_small("set.h5");
    put_header(path, "starfmm operators\nformat 1\nbytes 10\nchecksum 0\n");
    check_refused(path, STARFMM_EFORMAT, "format 1");
    put_header(path, "starfmm operators\nformat \n");
    check_refused(path, STARFMM_EFORMAT, "no format");
    put_header(path, "starfmm operators\nformat 2\n");
    check_refused(path, STARFMM_EFORMAT, "no size");
    put_header(path,
               "starfmm operators\nformat 2\nbytes 18446744073709551615\nchecksum 0\n");
    check_refused(path, STARFMM_EFORMAT, "claims");
    put_header(path, "starfmm operators\nformat 2\nbytes 0\nchecksum 0\n");
    check_refused(path, STARFMM_EFORMAT, "claims");
    put_header(path, "starfmm operators\nformat 2\nbytes 5000\nchecksum 0\n");
    check_refused(path, STARFMM_EFORMAT, "truncated");
    leave();
}

SFM_CASE(another_key_is_refused)
{
    sfm_operators_key other[8];
    sfm_operators ops;
    enter();
    const char *path = save_small("set.h5");
    for (int i = 0; i < 8; i++) other[i] = small_key;
    other[0].kernel = STARFMM_COUNT, other[1].params[3] = 1e-300, other[2].order = 4;
    other[3].check_order = 3, other[4].alpha_inner *= 1 + 1e-15, other[5].alpha_outer = 2.9;
    other[6].cutoff *= 2, other[7].floor = 1e-300;
    for (int i = 0; i < 8; i++)
        CHECKF(sfm_store_load(path, &other[i], &ops) == STARFMM_EFORMAT, "key %d", i);
    leave();
}

/* ---- well-sealed files with lies inside ------------------------------------ */

/* Change a stored file by HDF5 in memory, and give it a right header again. */
static void forge(const char *path, void (*change)(hid_t file))
{
    size_t size;
    unsigned char *image;
    CHECK_OK(sfm_store_read_file(path, 1 << 20, &image, &size));
    sfm_hdf5_lock();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    H5Pset_file_image(access, image, size);
    hid_t file = H5Fopen("forged", H5F_ACC_RDWR, access);
    change(file);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    sfm_free(image);
    size = (size_t)H5Fget_file_image(file, NULL, 0);
    image = sfm_alloc(size, 1);
    H5Fget_file_image(file, image, size);
    H5Fclose(file);
    H5Pclose(access);
    sfm_hdf5_unlock();
    CHECK_OK(sfm_store_replace_file(path, image, size));
    sfm_free(image);
}

static void put_number(hid_t file, const char *name, hid_t type, const void *value)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    H5Awrite(attribute, type, value);
    H5Aclose(attribute);
}

static void put_rank(hid_t file, int rank)
{
    put_number(file, "rank", H5T_NATIVE_INT, &rank);
}
static void rank_less(hid_t file)
{
    put_rank(file, 25);
}
static void rank_negative(hid_t file)
{
    put_rank(file, -1);
}
static void rank_zero(hid_t file)
{
    put_rank(file, 0);
}
static void rank_huge(hid_t file)
{
    put_rank(file, INT32_MAX);
}

static void order_other(hid_t file)
{
    int order = 4;
    put_number(file, "order", H5T_NATIVE_INT, &order);
}

static void cutoff_nan(hid_t file)
{
    double cutoff = NAN;
    put_number(file, "cutoff", H5T_NATIVE_DOUBLE, &cutoff);
}

static void version_other(hid_t file)
{
    char version[SFM_STORE_VERSION_SIZE] = "99.0.0";
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, sizeof version);
    put_number(file, "library_version", type, version);
    H5Tclose(type);
}

static void version_unending(hid_t file)
{
    char version[SFM_STORE_VERSION_SIZE];
    memset(version, '7', sizeof version);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, sizeof version);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Adelete(file, "library_version");
    hsize_t one = 1;
    hid_t space = H5Screate_simple(1, &one, NULL);
    hid_t attribute =
        H5Acreate2(file, "library_version", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, version);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void params_long(hid_t file)
{
    hsize_t count = 1000;
    hid_t space = H5Screate_simple(1, &count, NULL);
    H5Adelete(file, "params");
    H5Aclose(H5Acreate2(file, "params", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
}

static void params_gone(hid_t file)
{
    H5Adelete(file, "params");
}

static void order_as_text(hid_t file)
{
    hsize_t one = 1;
    hid_t space = H5Screate_simple(1, &one, NULL), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Adelete(file, "order");
    H5Aclose(H5Acreate2(file, "order", type, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Tclose(type);
    H5Sclose(space);
}

/* Another dataset in the place of m2m. */
static void put_dataset(hid_t file, int n_dims, const hsize_t *shape, hid_t type, hid_t how)
{
    hid_t space = H5Screate_simple(n_dims, shape, NULL);
    H5Ldelete(file, "m2m", H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "m2m", type, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Sclose(space);
}

static void m2m_gone(hid_t file)
{
    H5Ldelete(file, "m2m", H5P_DEFAULT);
}

static void m2m_huge(hid_t file)
{
    /* Chunked and never written: 8 * 2^80 bytes that take no room. */
    const hsize_t shape[2] = {(hsize_t)1 << 40, (hsize_t)1 << 40}, chunk[2] = {16, 16};
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 2, chunk);
    put_dataset(file, 2, shape, H5T_IEEE_F64LE, how);
    H5Pclose(how);
}

static void m2m_flat(hid_t file)
{
    const hsize_t shape[1] = {26 * 26};
    put_dataset(file, 1, shape, H5T_IEEE_F64LE, H5P_DEFAULT);
}

static void m2m_deep(hid_t file)
{
    const hsize_t shape[4] = {26, 26, 3, 3};
    put_dataset(file, 4, shape, H5T_IEEE_F64LE, H5P_DEFAULT);
}

static void m2m_chunked(hid_t file)
{
    const hsize_t shape[2] = {26, 26}, chunk[2] = {16, 16};
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 2, chunk);
    put_dataset(file, 2, shape, H5T_IEEE_F64LE, how);
    H5Pclose(how);
}

static void m2m_float(hid_t file)
{
    const hsize_t shape[2] = {26, 26};
    put_dataset(file, 2, shape, H5T_IEEE_F32LE, H5P_DEFAULT);
}

static void m2m_zero(hid_t file)
{
    const hsize_t shape[2] = {26, 26};
    put_dataset(file, 2, shape, H5T_IEEE_F64LE, H5P_DEFAULT);
}

/* One entry of a dataset. */
static void put_entry(hid_t file, const char *name, double value)
{
    static double data[26 * 56];
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    data[7] = value;
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(set);
}

static void sigma_nan(hid_t file)
{
    put_entry(file, "sigma", NAN);
}
static void sigma_zero(hid_t file)
{
    put_entry(file, "sigma", 0.0);
}
static void u_infinite(hid_t file)
{
    put_entry(file, "u", INFINITY);
}
static void v_nan(hid_t file)
{
    put_entry(file, "v", -NAN);
}
static void m2m_nan(hid_t file)
{
    put_entry(file, "m2m", NAN);
}
static void m2m_wrong(hid_t file)
{
    put_entry(file, "m2m", 0.1234);
}

SFM_CASE(lies_inside_a_sealed_file_are_refused)
{
    static const struct {
        void (*change)(hid_t file);
        const char *word;
    } lies[] = {{rank_less, "'sigma'"},
                {rank_negative, "rank -1"},
                {rank_zero, "off by"},
                {rank_huge, "rank 2147483647"},
                {order_other, "order 4"},
                {cutoff_nan, "cutoff nan"},
                {version_other, "version 99.0.0"},
                {version_unending, "version 7777"},
                {params_long, "'params'"},
                {params_gone, "'params'"},
                {order_as_text, "'order'"},
                {m2m_gone, "'m2m'"},
                {m2m_huge, "'m2m'"},
                {m2m_flat, "'m2m'"},
                {m2m_deep, "'m2m'"},
                {m2m_chunked, "'m2m'"},
                {m2m_float, "'m2m'"},
                {m2m_zero, "m2m"},
                {sigma_nan, "not finite"},
                {sigma_zero, "not finite"},
                {u_infinite, "not finite"},
                {v_nan, "not finite"},
                {m2m_nan, "not finite"},
                {m2m_wrong, "K m2m x is off"}};
    enter();
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const char *path = save_small("set.h5");
        forge(path, lies[i].change);
        check_refused(path, STARFMM_EFORMAT, lies[i].word);
    }
    leave();
}

/* ---- writing --------------------------------------------------------------- */

static void check_not_saved(const char *path, const char *word)
{
    sfm_operators ops;
    make(&ops, &small_key);
    CHECK_STATUS(STARFMM_EIO, sfm_store_save(path, &ops));
    CHECKF(strstr(starfmm_last_error(), word) != NULL, "'%s' says nothing of '%s'",
           starfmm_last_error(), word);
    sfm_operators_free(&ops);
}

SFM_CASE(a_failed_save_leaves_nothing)
{
    char long_name[6000], long_part[300];
    enter();
    put_file(in_folder("file"), "x", 1);
    check_not_saved(in_folder("file/set.h5"), "Not a directory");
    check_not_saved("/dev/null/set.h5", "Not a directory");
    check_not_saved("/proc/no/such/set.h5", "folder");
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    check_not_saved(long_name, "too long");
    snprintf(long_part, sizeof long_part, "%.299s", long_name);
    check_not_saved(in_folder(long_part), "File name too long");
    /* The name is that of a folder. */
    mkdir(in_folder("taken"), 0700);
    check_not_saved(in_folder("taken"), "Is a directory");
    CHECKF(count_files(folder) == 2, "%d files", count_files(folder));
    leave();
}

static int save_is_denied(const char *path)
{
    sfm_operators ops;
    if (sfm_operators_compute(&ops, &small_key) != STARFMM_OK) return 1;
    if (sfm_store_save(path, &ops) != STARFMM_EIO) return 2;
    sfm_operators_free(&ops);
    return strstr(sfm_get_error(), "Permission denied") == NULL ? 3 : 0;
}

SFM_CASE(an_unwritable_folder_is_told)
{
    enter();
    chmod(folder, 0755);
    mkdir(in_folder("locked"), 0555);
    int in_it = as_mortal(save_is_denied, in_folder("locked/set.h5"));
    int below = as_mortal(save_is_denied, in_folder("locked/below/set.h5"));
    int n = count_files(in_folder("locked"));
    leave();
    if (in_it == CANNOT_TELL) sfm_test_skip("root cannot become another user");
    CHECKF(in_it == 0 && below == 0 && n == 0, "outcomes %d, %d, %d files", in_it, below,
           n);
}

/* In a child process, since a limit cannot be taken back: 0 when all went well. */
static int save_under_limit(const char *path)
{
    sfm_operators ops;
    struct rlimit limit = {4096, 4096};
    if (sfm_operators_compute(&ops, &small_key) != STARFMM_OK) return 1;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    if (sfm_store_save(path, &ops) != STARFMM_EIO) return 3;
    sfm_operators_free(&ops);
    return strstr(sfm_get_error(), "File too large") == NULL ? 4 : 0;
}

SFM_CASE(a_file_size_limit_is_no_signal)
{
    enter();
    chmod(folder, 0777);
    int outcome = as_mortal(save_under_limit, in_folder("set.h5"));
    CHECKF(outcome == 0 || outcome == CANNOT_TELL, "outcome %d", outcome);
    CHECKF(count_files(folder) == 0, "%d files", count_files(folder));
    leave();
}

/* A disk of 16 KiB in a mount namespace that ends with the child process. */
static int save_on_full_disk(const char *path)
{
    sfm_operators ops;
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return CANNOT_TELL;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=16k") != 0)
        return CANNOT_TELL;
    if (sfm_operators_compute(&ops, &small_key) != STARFMM_OK) return 1;
    if (sfm_store_save(path, &ops) != STARFMM_EIO) return 2;
    sfm_operators_free(&ops);
    if (strstr(sfm_get_error(), "No space left") == NULL) return 3;
    return count_files(folder) == 0 ? 0 : 4;
}

SFM_CASE(a_full_disk_is_told)
{
    int outcome = -1;
    enter();
    const char *path = in_folder("set.h5");
    pid_t child = fork();
    if (child == 0) _exit(save_on_full_disk(path));
    CHECK(child > 0 && waitpid(child, &outcome, 0) == child);
    leave();
    int code = WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
    if (code == CANNOT_TELL) sfm_test_skip("no small disk can be mounted here");
    CHECKF(code == 0, "outcome %d", code);
}

SFM_CASE(memory_may_fail_anywhere)
{
    sfm_operators out, back;
    starfmm_status status = STARFMM_ENOMEM;
    enter();
    const char *path = save_small("set.h5");
    make(&out, &small_key);
    for (long n = 1; n < 50 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_store_load(path, &small_key, &back);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || back.memory == NULL, "allocation %ld", n);
    }
    CHECK(status == STARFMM_OK);
    sfm_operators_free(&back);
    sfm_alloc_fail_after(1);
    CHECK_STATUS(STARFMM_ENOMEM, sfm_store_save(path, &out));
    sfm_alloc_fail_after(0);
    sfm_operators_free(&out);
    CHECKF(count_files(folder) == 1, "%d files", count_files(folder));
    leave();
}

static void *save_and_load(void *ops)
{
    char path[2 * PATH_SIZE];
    size_t n_failed = 0;
    snprintf(path, sizeof path, "%s/set.h5", folder);
    for (int i = 0; i < 20; i++) {
        sfm_operators back;
        n_failed += sfm_store_save(path, ops) != STARFMM_OK;
        n_failed += sfm_store_load(path, &small_key, &back) != STARFMM_OK;
        sfm_operators_free(&back);
    }
    return (void *)n_failed;
}

SFM_CASE(readers_and_writers_of_one_file)
{
    pthread_t threads[4];
    sfm_operators ops;
    enter();
    make(&ops, &small_key);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, save_and_load, &ops);
    for (int i = 0; i < 4; i++) {
        void *n_failed;
        pthread_join(threads[i], &n_failed);
        CHECKF(n_failed == NULL, "thread %d: %zu failures", i, (size_t)n_failed);
    }
    CHECKF(count_files(folder) == 1, "%d files", count_files(folder));
    sfm_operators_free(&ops);
    leave();
}

/* ---- HDF5 as a guest ------------------------------------------------------- */

static int n_printed;

static herr_t count_error(hid_t stack, void *data)
{
    (void)stack, (void)data;
    n_printed++;
    return 0;
}

SFM_CASE(the_host_keeps_its_error_handler)
{
    enter();
    const char *path = save_small("set.h5");
    H5Eset_auto2(H5E_DEFAULT, count_error, NULL);
    n_printed = 0;
    forge(path, m2m_gone);
    check_refused(path, STARFMM_EFORMAT, "'m2m'");
    CHECKF(n_printed == 0, "%d errors were shown", n_printed);
    H5Fopen(in_folder("missing"), H5F_ACC_RDONLY, H5P_DEFAULT);
    CHECKF(n_printed == 1, "%d errors were shown", n_printed);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    leave();
}

SFM_CASE(nothing_is_left_open)
{
    enter();
    const char *path = save_small("set.h5");
    forge(path, m2m_huge);
    check_refused(path, STARFMM_EFORMAT, "'m2m'");
    ssize_t n = H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
    CHECKF(n == 0, "%zd objects", n);
    leave();
}

/* ---- names ----------------------------------------------------------------- */

SFM_CASE(names_tell_keys_apart)
{
    sfm_operators_key keys[9];
    char names[9][128];
    for (int i = 0; i < 9; i++) keys[i] = small_key;
    keys[1].kernel = STARFMM_YUKAWA, keys[2].params[0] = 1e-9, keys[3].order = 5;
    keys[4].check_order = 5, keys[5].alpha_inner = 1.1, keys[6].alpha_outer = 2.9;
    keys[7].cutoff = 1e-12, keys[8].floor = 1e-30;
    for (int i = 0; i < 9; i++) {
        sfm_store_name(&keys[i], names[i], sizeof names[i]);
        CHECK(strchr(names[i], '/') == NULL);
        for (int j = 0; j < i; j++) CHECKF(strcmp(names[i], names[j]) != 0, "%s", names[i]);
    }
    keys[0].params[2] = -0.0;
    sfm_store_name(&keys[0], names[1], sizeof names[1]);
    CHECKF(strcmp(names[0], names[1]) == 0, "%s, %s", names[0], names[1]);
    CHECKF(strncmp(names[0], "laplace-03-04-", 14) == 0, "%s", names[0]);
}

static void check_dir(const char *option, const char *starfmm, const char *xdg,
                      const char *home, const char *expected)
{
    char path[PATH_SIZE];
    starfmm ? setenv("STARFMM_CACHE_DIR", starfmm, 1) : unsetenv("STARFMM_CACHE_DIR");
    xdg ? setenv("XDG_CACHE_HOME", xdg, 1) : unsetenv("XDG_CACHE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    CHECK_OK(sfm_store_dir(option, path, sizeof path));
    CHECKF(strcmp(path, expected) == 0, "'%s' instead of '%s'", path, expected);
}

SFM_CASE(the_folder_by_option_and_environment)
{
    check_dir("/opt", "/a", "/b", "/c", "/opt");
    check_dir("", "/a", "/b", "/c", "");
    check_dir(NULL, "/a", "/b", "/c", "/a");
    check_dir(NULL, "", "/b", "/c", "");
    check_dir(NULL, NULL, "/b", "/c", "/b/starfmm");
    check_dir(NULL, NULL, "b", "/c", "/c/.cache/starfmm");
    check_dir(NULL, NULL, "", "/c", "/c/.cache/starfmm");
    check_dir(NULL, NULL, NULL, "/c", "/c/.cache/starfmm");
    check_dir(NULL, NULL, NULL, NULL, "");
    check_dir(NULL, NULL, NULL, "", "");
    char path[8];
    CHECK_STATUS(STARFMM_EINVAL, sfm_store_dir("/longer/than/that", path, sizeof path));
}

SFM_MAIN()
