/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static starfmm_status fail_errno(const char *what, const char *path)
{
    int error = errno;
    char reason[128];
    return sfm_fail(STARFMM_EIO, "%s '%s': %s", what, path,
                    strerror_r(error, reason, sizeof reason));
}

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

/* Both parts, and onto the disk. */
static int write_parts(int fd, const sfm_file_part part[2])
{
    struct rlimit limit;
    /* Writing beyond the limit would raise SIGXFSZ, which ends the process. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        part[0].size + part[1].size > limit.rlim_cur) {
        errno = EFBIG;
        return 0;
    }
    return write_fully(fd, part[0].data, part[0].size) &&
           write_fully(fd, part[1].data, part[1].size) && fsync(fd) == 0;
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

starfmm_status sfm_make_folder_of(const char *path)
{
    char folder[PATH_MAX];
    if (strlen(path) >= PATH_MAX)
        return sfm_fail(STARFMM_EIO, "a path of %zu bytes is too long", strlen(path));
    folder_of(path, folder);
    return make_folders(folder);
}

starfmm_status sfm_replace_file(const char *path, const sfm_file_part part[2])
{
    char folder[PATH_MAX], temporary[PATH_MAX];
    if (strlen(path) >= PATH_MAX)
        return sfm_fail(STARFMM_EIO, "a path of %zu bytes is too long", strlen(path));
    folder_of(path, folder);
    int fd = open_temporary(path, temporary);
    if (fd < 0) return fail_errno("cannot write beside", path);
    starfmm_status status = STARFMM_OK;
    if (!write_parts(fd, part)) status = fail_errno("cannot write", temporary);
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
