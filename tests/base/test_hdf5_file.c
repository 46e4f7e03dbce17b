/* SPDX-License-Identifier: BSD-3-Clause */
/* HDF5 files as tables: what comes back is what went in, and damage is told. */
#include "base/hdf5_file.h"

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char path[256];

static void make_path(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/starfmm-hdf5-XXXXXX", tmp ? tmp : "/tmp");
    int file = mkstemp(path);
    if (file < 0) sfm_test_skip("no temporary file can be made");
    close(file);
}

/* One of everything. */
typedef struct contents {
    uint8_t u8[3];
    int32_t i32, table[2][3];
    uint32_t u32[4];
    uint64_t u64[2];
    float f32[2];
    double f64[2][1][2];
    char text[12];
    long long i64;
} contents;

#define N_ITEMS 10

static void list_items(contents *c, sfm_hdf5_item items[N_ITEMS])
{
    const sfm_hdf5_item all[N_ITEMS] = {
        {"bytes", SFM_HDF5_U8, 1, {3}, c->u8},
        {"@level", SFM_HDF5_I32, 0, {1}, &c->i32},
        {"deep/below/table", SFM_HDF5_I32, 2, {2, 3}, c->table},
        {"deep/u32", SFM_HDF5_U32, 1, {4}, c->u32},
        {"@u64", SFM_HDF5_U64, 1, {2}, c->u64},
        {"f32", SFM_HDF5_F32, 1, {2}, c->f32},
        {"deep/f64", SFM_HDF5_F64, 3, {2, 1, 2}, c->f64},
        {"@text", SFM_HDF5_TEXT, 0, {sizeof c->text}, c->text},
        {"empty", SFM_HDF5_F64, 2, {0, 5}, c->f64},
        {"@i64", SFM_HDF5_I64, 0, {1}, &c->i64},
    };
    memcpy(items, all, sizeof all);
}

static contents sample(void)
{
    contents c;
    memset(&c, 0, sizeof c); /* also what lies between the fields */
    c.u8[0] = 255, c.u8[2] = 7, c.i32 = -5, c.table[1][2] = INT32_MIN;
    c.u32[3] = UINT32_MAX, c.u64[0] = UINT64_MAX, c.f32[1] = -0.1f;
    c.f64[0][0][1] = 1.0 / 3, c.f64[1][0][1] = -INFINITY, c.i64 = -(1LL << 40);
    strcpy(c.text, "0.1.0");
    return c;
}

static void write_sample(void)
{
    contents c = sample();
    sfm_hdf5_item items[N_ITEMS];
    list_items(&c, items);
    CHECK_OK(sfm_hdf5_replace(path, N_ITEMS, items));
}

SFM_CASE(what_comes_back_is_bitwise_what_went_in)
{
    contents expected = sample(), back;
    sfm_hdf5_item items[N_ITEMS];
    make_path();
    write_sample();
    CHECK(sfm_hdf5_is(path));
    memset(&back, 0, sizeof back);
    list_items(&back, items);
    CHECK_OK(sfm_hdf5_read(path, N_ITEMS, items));
    CHECK(memcmp(&back, &expected, sizeof back) == 0);
    unlink(path);
}

SFM_CASE(look_tells_what_is_there)
{
    sfm_hdf5_item items[] = {{.name = "deep/f64"},   {.name = "f32"}, {.name = "@text"},
                             {.name = "deep/other"}, {.name = "@no"}, {.name = "deep"},
                             {.name = "empty"},      {.name = "@i64"}};
    make_path();
    write_sample();
    CHECK_OK(sfm_hdf5_look(path, 8, items));
    CHECK(items[0].type == SFM_HDF5_F64 && items[0].rank == 3);
    CHECK(items[0].dims[0] == 2 && items[0].dims[1] == 1 && items[0].dims[2] == 2);
    CHECK(items[1].type == SFM_HDF5_F32 && items[1].rank == 1 && items[1].dims[1] == 1);
    CHECK(items[2].type == SFM_HDF5_TEXT && items[2].dims[0] == 12);
    for (int i = 3; i < 6; i++) CHECKF(items[i].rank == -1, "%s", items[i].name);
    CHECK(items[6].rank == 2 && items[6].dims[0] == 0 && items[6].dims[1] == 5);
    CHECK(items[7].rank == 0 && items[7].type == SFM_HDF5_I64);
    unlink(path);
}

static void check_refused(sfm_hdf5_item item, const char *what)
{
    starfmm_status status = sfm_hdf5_read(path, 1, &item);
    CHECKF(status == STARFMM_EFORMAT && strstr(sfm_get_error(), what),
           "%s: status %d, '%s'", item.name, (int)status, sfm_get_error());
}

SFM_CASE(only_what_fits_is_read)
{
    double x[8] = {0};
    char text[64];
    make_path();
    write_sample();
    CHECK_OK(sfm_hdf5_read(path, 1, &(sfm_hdf5_item){"f32", SFM_HDF5_F64, 1, {2}, x}));
    CHECKF(x[1] == (double)-0.1f, "%.17g", x[1]);
    check_refused((sfm_hdf5_item){"f32", SFM_HDF5_F64, 1, {3}, x}, "size");
    check_refused((sfm_hdf5_item){"f32", SFM_HDF5_F64, 2, {2, 1}, x}, "size");
    check_refused((sfm_hdf5_item){"@text", SFM_HDF5_F64, 0, {1}, x}, "type");
    check_refused((sfm_hdf5_item){"@level", SFM_HDF5_TEXT, 0, {4}, text}, "type");
    check_refused((sfm_hdf5_item){"@text", SFM_HDF5_TEXT, 0, {11}, text}, "size");
    check_refused((sfm_hdf5_item){"@gone", SFM_HDF5_F64, 0, {1}, x}, "no '@gone'");
    check_refused((sfm_hdf5_item){"deep", SFM_HDF5_F64, 0, {1}, x}, "no 'deep'");
    CHECK_OK(sfm_replace_file(path, "text", 4));
    check_refused((sfm_hdf5_item){"f32", SFM_HDF5_F64, 1, {2}, x}, "cannot open");
    CHECK(!sfm_hdf5_is(path));
    unlink(path);
    check_refused((sfm_hdf5_item){"f32", SFM_HDF5_F64, 1, {2}, x}, "cannot open");
    CHECK(!sfm_hdf5_is(path) && !sfm_hdf5_is("/tmp"));
}

SFM_CASE(truncated_files_are_refused)
{
    struct stat s;
    make_path();
    write_sample();
    CHECK(stat(path, &s) == 0);
    for (off_t size = s.st_size - 1; size > 0; size -= 101) {
        double x[2];
        CHECK(truncate(path, size) == 0);
        check_refused((sfm_hdf5_item){"f32", SFM_HDF5_F64, 1, {2}, x}, "cannot open");
    }
    unlink(path);
}

static herr_t hosts_handler(hid_t stack, void *data)
{
    (void)stack;
    ++*(int *)data;
    return 0;
}

SFM_CASE(the_hosts_error_handler_is_left_alone)
{
    int calls = 0;
    H5E_auto2_t handler;
    void *data;
    H5Eset_auto2(H5E_DEFAULT, hosts_handler, &calls);
    check_refused((sfm_hdf5_item){"a", SFM_HDF5_F64, 0, {1}, NULL}, "cannot open");
    CHECKF(calls == 0, "%d calls", calls);
    H5Eget_auto2(H5E_DEFAULT, &handler, &data);
    CHECK(handler == hosts_handler && data == &calls);
}

SFM_MAIN()
