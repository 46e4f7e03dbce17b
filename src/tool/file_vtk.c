/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PolyData of VTK, ending .vtp: XML that tells the type and place of each array, then the
 * arrays as they lie in memory, each after its number of bytes ("appended raw", VTK File
 * Formats, section "XML File Formats").  Every point is a vertex, so that programs show it.  An
 * array with several numbers a row becomes one array for each charge vector.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tool/file.h"

#define ROWS_AT_A_TIME 16384

/* Rows of `width` numbers at `column` of an array; of none: the numbers from `first` on. */
typedef struct block {
    const tool_array *array;
    size_t column, width;
    int64_t first;
} block;

static size_t block_bytes(const block *b, size_t n)
{
    return n * b->width * (b->array && b->array->is_float ? sizeof(float) : sizeof(double));
}

/* The element that describes a block, which begins at *offset. */
static void describe_block(FILE *f, const block *b, const char *name, size_t n,
                           size_t *offset)
{
    const char *type = b->array ? (b->array->is_float ? "Float32" : "Float64") : "Int64";
    fprintf(f, "<DataArray type=\"%s\" Name=\"%s", type, name);
    if (b->array) tool_write_label(f, b->array, b->column, 0);
    fprintf(f, "\" NumberOfComponents=\"%zu\" format=\"appended\" offset=\"%zu\"/>\n",
            b->width, *offset);
    *offset += sizeof(uint64_t) + block_bytes(b, n);
}

static void write_block(FILE *f, const block *b, size_t n)
{
    uint64_t bytes = block_bytes(b, n);
    fwrite(&bytes, sizeof(bytes), 1, f);
    for (size_t i = 0; i < n && !ferror(f); i++) {
        int64_t number = b->first + (int64_t)i;
        const char *from = (const char *)&number;
        if (b->array) {
            size_t real = b->array->is_float ? sizeof(float) : sizeof(double);
            size_t at = i * tool_array_width(b->array) + b->column;
            from = (const char *)b->array->data + at * real;
        }
        fwrite(from, block_bytes(b, 1), 1, f);
        if (i % ROWS_AT_A_TIME == 0) tool_progress_share(i, n);
    }
}

/* The blocks of the data of points: one for each number, or vector of three, of a row. */
static size_t list_blocks(const tool_contents *contents, block *blocks)
{
    size_t n = 0;
    for (int i = 0; i < contents->n_arrays; i++) {
        const tool_array *a = &contents->arrays[i];
        size_t width = a->has_axes ? 3 : 1;
        if (!a->data || a->is_position) continue;
        for (size_t c = 0; c < tool_array_width(a); c += width, n++)
            if (blocks) blocks[n] = (block){a, c, width, 0};
    }
    return n;
}

int tool_vtk_write(FILE *f, const tool_contents *contents)
{
    const uint16_t one = 1;
    const tool_array *position = contents->arrays;
    size_t n_blocks = list_blocks(contents, NULL), offset = 0;
    block *data;
    while (!position->is_position) position++;
    const block points = {position, 0, 3, 0}, vertices = {NULL, 0, 1, 0},
                ends = {NULL, 0, 1, 1};
    size_t n = position->dims[0];
    TOOL_TRY(tool_alloc((void **)&data, n_blocks, sizeof(*data), "a list of arrays"));
    list_blocks(contents, data);
    fprintf(f,
            "<?xml version=\"1.0\"?>\n<VTKFile type=\"PolyData\" version=\"1.0\" "
            "byte_order=\"%s\" header_type=\"UInt64\">\n<PolyData>\n"
            "<Piece NumberOfPoints=\"%zu\" NumberOfVerts=\"%zu\">\n<Points>\n",
            *(const char *)&one ? "LittleEndian" : "BigEndian", n, n);
    describe_block(f, &points, "points", n, &offset);
    fprintf(f, "</Points>\n<Verts>\n");
    describe_block(f, &vertices, "connectivity", n, &offset);
    describe_block(f, &ends, "offsets", n, &offset);
    fprintf(f, "</Verts>\n<PointData>\n");
    for (size_t k = 0; k < n_blocks; k++) describe_block(f, &data[k], "", n, &offset);
    fprintf(f, "</PointData>\n</Piece>\n</PolyData>\n<AppendedData encoding=\"raw\">\n_");
    write_block(f, &points, n);
    write_block(f, &vertices, n);
    write_block(f, &ends, n);
    for (size_t k = 0; k < n_blocks; k++) write_block(f, &data[k], n);
    fprintf(f, "\n</AppendedData>\n</VTKFile>\n");
    free(data);
    return TOOL_OK;
}
