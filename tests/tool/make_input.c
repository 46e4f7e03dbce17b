/* SPDX-License-Identifier: BSD-3-Clause */
/* make_input FAULT FILE: write an HDF5 input with one fault, or a sound but odd one. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define N 4

static double points[3 * N] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
static double charges[2 * N] = {1, 2, 3, 4, 5, 6, 7, 8};

typedef struct shape {
    int rank;
    hsize_t dims[3];
} shape;

static void put(hid_t file, const char *name, hid_t type, shape s, const double *data)
{
    hid_t space = s.rank ? H5Screate_simple(s.rank, s.dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(set);
    H5Sclose(space);
}

/* A dataset whose size is a claim only: chunked, nothing stored. */
static void claim(hid_t file, const char *name, shape s)
{
    hsize_t chunk[2] = {1024, 3};
    hid_t space = H5Screate_simple(s.rank, s.dims, NULL);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(layout, 2, chunk);
    H5Dclose(
        H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, layout, H5P_DEFAULT));
    H5Pclose(layout);
    H5Sclose(space);
}

/* What a fault changes of: sources (N x 3) double, charges (N) double, no targets. */
typedef struct input {
    const char *fault;
    shape sources, charges, targets;
    int integer_charges;
    double first_coordinate, first_charge;
} input;

#define GOOD                                                                               \
    {                                                                                      \
        2,                                                                                 \
        {                                                                                  \
            N, 3, 0                                                                        \
        }                                                                                  \
    }
#define LIST                                                                               \
    {                                                                                      \
        1,                                                                                 \
        {                                                                                  \
            N, 0, 0                                                                        \
        }                                                                                  \
    }
#define NONE                                                                               \
    {                                                                                      \
        -1,                                                                                \
        {                                                                                  \
            0, 0, 0                                                                        \
        }                                                                                  \
    }

static const input inputs[] = {
    {"good", GOOD, LIST, NONE, 0, 0, 1},
    {"good_columns", GOOD, {2, {N, 2, 0}}, NONE, 0, 0, 1},
    {"empty", {2, {0, 3, 0}}, {1, {0, 0, 0}}, NONE, 0, 0, 1},
    {"no_targets", GOOD, LIST, {2, {0, 3, 0}}, 0, 0, 1},
    {"without_sources", NONE, LIST, NONE, 0, 0, 1},
    {"without_charges", GOOD, NONE, NONE, 0, 0, 1},
    {"sources_rank_1", {1, {3 * N, 0, 0}}, LIST, NONE, 0, 0, 1},
    {"sources_rank_3", {3, {N, 1, 3}}, LIST, NONE, 0, 0, 1},
    {"sources_scalar", {0, {0, 0, 0}}, LIST, NONE, 0, 0, 1},
    {"sources_two_columns", {2, {N, 2, 0}}, LIST, NONE, 0, 0, 1},
    {"charges_too_few", GOOD, {1, {N - 1, 0, 0}}, NONE, 0, 0, 1},
    {"charges_rank_3", GOOD, {3, {N, 1, 1}}, NONE, 0, 0, 1},
    {"charges_no_column", GOOD, {2, {N, 0, 0}}, NONE, 0, 0, 1},
    {"charges_integer", GOOD, LIST, NONE, 1, 0, 1},
    {"charges_nan", GOOD, LIST, NONE, 0, 0, NAN},
    {"charges_beyond_float", GOOD, LIST, NONE, 0, 0, 1e300},
    {"sources_inf", GOOD, LIST, NONE, 0, INFINITY, 1},
    {"targets_rank_1", GOOD, LIST, {1, {3, 0, 0}}, 0, 0, 1},
};

static void put_unless_none(hid_t file, const char *name, hid_t type, shape s,
                            const double *data)
{
    if (s.rank >= 0) put(file, name, type, s, data);
}

static int write_input(hid_t file, const char *fault)
{
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        const input *in = &inputs[i];
        if (strcmp(fault, in->fault) != 0) continue;
        points[0] = in->first_coordinate;
        charges[0] = in->first_charge;
        hid_t type = in->integer_charges ? H5T_NATIVE_INT : H5T_NATIVE_DOUBLE;
        put_unless_none(file, "sources", H5T_NATIVE_DOUBLE, in->sources, points);
        put_unless_none(file, "charges", type, in->charges, charges);
        put_unless_none(file, "targets", H5T_NATIVE_DOUBLE, in->targets, points);
        return 0;
    }
    return 1;
}

static void put_text(hid_t file, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    hid_t id = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, type, text);
    H5Aclose(id);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_number(hid_t file, const char *name, double v)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t id = H5Acreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, H5T_NATIVE_DOUBLE, &v);
    H5Aclose(id);
    H5Sclose(space);
}

/* The exact potentials, in kernel count, of the input "good"; one is NaN. */
static void put_result(hid_t file)
{
    static const double potentials[N] = {10, 10, 10, NAN};
    static const char *const numbers[] = {"param", "tolerance", "order", "check_order"};
    put(file, "potentials", H5T_NATIVE_DOUBLE, (shape)LIST, potentials);
    put_text(file, "kernel", "count");
    put_text(file, "source_kind", "charge");
    put_text(file, "target_kind", "potential");
    put_text(file, "precision", "double");
    put_text(file, "grade", "ordinary");
    put_text(file, "starfmm_version", "0");
    for (int i = 0; i < 4; i++) put_number(file, numbers[i], 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    hid_t file = H5Fcreate(argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    int failed = file < 0;
    if (strcmp(argv[1], "sources_group") == 0)
        H5Gclose(H5Gcreate2(file, "sources", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    else if (strcmp(argv[1], "result_nan") == 0)
        put_result(file);
    else if (strcmp(argv[1], "sources_huge") == 0)
        claim(file, "sources", (shape){2, {(hsize_t)1 << 50, 3, 0}});
    else
        failed |= write_input(file, argv[1]);
    failed |= H5Fclose(file) < 0;
    if (failed) fprintf(stderr, "make_input: no fault '%s', or no file\n", argv[1]);
    return failed;
}
