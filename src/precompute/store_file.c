/* SPDX-License-Identifier: BSD-3-Clause */
/* Files read and replaced as a whole, by system calls alone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "base/files.h"
#include "precompute/store_format.h"

#define HEADER_TEXT SFM_STORE_MAGIC "format %d\nbytes %zu\nchecksum %016" PRIx64 "\n"
static const unsigned char hdf5_signature[8] = {0x89, 'H',  'D',  'F',
                                                '\r', '\n', 0x1a, '\n'};

static starfmm_status fail_errno(const char *what, const char *path)
{
    int error = errno;
    char reason[128];
    return sfm_fail(STARFMM_EIO, "%s '%s': %s", what, path,
                    strerror_r(error, reason, sizeof reason));
}

/* ---- reading --------------------------------------------------------------- */

/* Fewer bytes than asked for only at the end of the file; -1 with errno. */
static ssize_t read_fully(int fd, void *data, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, (char *)data + got, size - got);
        if (n < 0 && errno != EINTR) return -1;
        if (n == 0) break;
        if (n > 0) got += (size_t)n;
    }
    return (ssize_t)got;
}

static starfmm_status parse_header(const char *path, const char *header, size_t *size,
                                   uint64_t *checksum)
{
    const char *rest = header + strlen(SFM_STORE_MAGIC);
    int format;
    if (memcmp(header, hdf5_signature, sizeof hdf5_signature) == 0)
        return sfm_fail(STARFMM_EFORMAT, "'%s' is an HDF5 file of another program", path);
    if (memcmp(header, SFM_STORE_MAGIC, strlen(SFM_STORE_MAGIC)) != 0)
        return sfm_fail(STARFMM_EFORMAT, "'%s' is not a file of starfmm operators", path);
    if (sscanf(rest, "format %d", &format) != 1)
        return sfm_fail(STARFMM_EFORMAT, "'%s': no format number in the header", path);
    if (format != SFM_STORE_FORMAT)
        return sfm_fail(STARFMM_EFORMAT, "'%s' has format %d, this version reads %d", path,
                        format, SFM_STORE_FORMAT);
    if (sscanf(rest, "format %*d bytes %zu checksum %" SCNx64, size, checksum) != 2)
        return sfm_fail(STARFMM_EFORMAT, "'%s': no size or checksum in the header", path);
    return STARFMM_OK;
}

static starfmm_status read_header(int fd, const char *path, size_t largest, size_t *size,
                                  uint64_t *checksum)
{
    char header[SFM_STORE_HEADER + 1];
    struct stat info;
    if (fstat(fd, &info) != 0) return fail_errno("cannot look at", path);
    if (!S_ISREG(info.st_mode))
        return sfm_fail(STARFMM_EFORMAT, "'%s' is not a regular file", path);
    ssize_t got = read_fully(fd, header, SFM_STORE_HEADER);
    if (got < 0) return fail_errno("cannot read", path);
    memset(header + got, 0, sizeof header - (size_t)got);
    SFM_TRY(got == 0 ? sfm_fail(STARFMM_EFORMAT, "'%s' is empty", path)
                     : parse_header(path, header, size, checksum));
    if (*size == 0 || *size > largest)
        return sfm_fail(STARFMM_EFORMAT, "'%s' claims %zu bytes, at most %zu are right",
                        path, *size, largest);
    if ((uintmax_t)info.st_size != (uintmax_t)*size + SFM_STORE_HEADER)
        return sfm_fail(STARFMM_EFORMAT, "'%s' has %jd bytes instead of %zu: truncated?",
                        path, (intmax_t)info.st_size, *size + SFM_STORE_HEADER);
    return STARFMM_OK;
}

static starfmm_status read_image(int fd, const char *path, size_t size, uint64_t checksum,
                                 unsigned char *image)
{
    ssize_t got = read_fully(fd, image, size);
    if (got < 0) return fail_errno("cannot read", path);
    if ((size_t)got != size)
        return sfm_fail(STARFMM_EFORMAT, "'%s' ended after %zd bytes of %zu", path, got,
                        size);
    uint64_t found = sfm_checksum(image, size, SFM_STORE_FORMAT);
    if (found != checksum)
        return sfm_fail(STARFMM_EFORMAT,
                        "'%s' is damaged: checksum %016" PRIx64 " instead of %016" PRIx64,
                        path, found, checksum);
    return STARFMM_OK;
}

starfmm_status sfm_store_read_file(const char *path, size_t largest, unsigned char **image,
                                   size_t *size)
{
    uint64_t checksum;
    *image = NULL;
    /* Not to wait for the writer of a named pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fail_errno("cannot open", path);
    starfmm_status status = read_header(fd, path, largest, size, &checksum);
    if (status == STARFMM_OK) {
        *image = sfm_alloc(*size, 1);
        status = *image == NULL ? sfm_fail(STARFMM_ENOMEM,
                                           "no memory for %zu bytes of '%s'", *size, path)
                                : read_image(fd, path, *size, checksum, *image);
    }
    close(fd);
    if (status != STARFMM_OK) {
        sfm_free(*image);
        *image = NULL;
    }
    return status;
}

/* ---- writing --------------------------------------------------------------- */

starfmm_status sfm_store_replace_file(const char *path, const unsigned char *image,
                                      size_t size)
{
    char *whole = sfm_calloc(SFM_STORE_HEADER + size, 1);
    if (!whole)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu bytes of '%s'", size, path);
    snprintf(whole, SFM_STORE_HEADER, HEADER_TEXT, SFM_STORE_FORMAT, size,
             sfm_checksum(image, size, SFM_STORE_FORMAT));
    memcpy(whole + SFM_STORE_HEADER, image, size);
    starfmm_status status = sfm_make_folder_of(path);
    if (status == STARFMM_OK)
        status = sfm_replace_file(path, whole, SFM_STORE_HEADER + size);
    sfm_free(whole);
    return status;
}
