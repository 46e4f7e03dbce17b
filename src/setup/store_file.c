/* SPDX-License-Identifier: BSD-3-Clause */
/* Files read and replaced as a whole, by system calls alone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "setup/store_format.h"

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

/* The folder part of a path, "." when it has none. */
static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, PATH_MAX, "%.*s", length, path);
    if (length == 0) snprintf(folder, PATH_MAX, ".");
}

static starfmm_status make_folders(const char *folder)
{
    char partial[PATH_MAX];
    snprintf(partial, sizeof partial, "%s", folder);
    for (char *p = partial + 1; *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            /* An upper folder may exist, unwritable; what counts is the last one. */
            mkdir(partial, 0777);
            *p = '/';
        }
    if (mkdir(partial, 0777) == 0 || errno == EEXIST) return STARFMM_OK;
    return fail_errno("cannot make the folder", folder);
}

/* A new file beside `path`, with the permissions that the umask gives; and its name. */
static int open_temporary(const char *path, char name[PATH_MAX])
{
    static atomic_uint serial;
    int fd = -1;
    /* A name is taken only where a process of the same number died while it wrote. */
    for (int i = 0; i < 100 && fd < 0; i++) {
        int length = snprintf(name, PATH_MAX, "%s.%ld-%u.tmp", path, (long)getpid(),
                              atomic_fetch_add(&serial, 1));
        if (length >= PATH_MAX) errno = ENAMETOOLONG;
        if (length >= PATH_MAX) return -1;
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0 && errno != EEXIST) return -1;
    }
    return fd;
}

static int write_fully(int fd, const void *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd, (const char *)data + done, size - done);
        if (n < 0 && errno != EINTR) return 0;
        if (n > 0) done += (size_t)n;
    }
    return 1;
}

static int write_image(int fd, const unsigned char *image, size_t size)
{
    char header[SFM_STORE_HEADER] = {0};
    struct rlimit limit;
    snprintf(header, sizeof header, HEADER_TEXT, SFM_STORE_FORMAT, size,
             sfm_checksum(image, size, SFM_STORE_FORMAT));
    /* Writing beyond the limit would raise SIGXFSZ, which ends the process. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        size + sizeof header > limit.rlim_cur) {
        errno = EFBIG;
        return 0;
    }
    return write_fully(fd, header, sizeof header) && write_fully(fd, image, size) &&
           fsync(fd) == 0;
}

/* The new name survives a crash once the folder is on disk; where that cannot be asked for,
 * the file is there all the same. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

starfmm_status sfm_store_replace_file(const char *path, const unsigned char *image,
                                      size_t size)
{
    char folder[PATH_MAX], temporary[PATH_MAX];
    if (strlen(path) >= PATH_MAX)
        return sfm_fail(STARFMM_EIO, "a path of %zu bytes is too long", strlen(path));
    folder_of(path, folder);
    SFM_TRY(make_folders(folder));
    int fd = open_temporary(path, temporary);
    if (fd < 0) return fail_errno("cannot write beside", path);
    starfmm_status status = STARFMM_OK;
    if (!write_image(fd, image, size)) status = fail_errno("cannot write", temporary);
    if (close(fd) != 0 && status == STARFMM_OK)
        status = fail_errno("cannot close", temporary);
    if (status == STARFMM_OK && rename(temporary, path) != 0)
        status = fail_errno("cannot replace", path);
    if (status != STARFMM_OK)
        unlink(temporary);
    else
        sync_folder(folder);
    return status;
}
