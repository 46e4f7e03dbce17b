/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hdf5_file.h"

static int hdf5_named(const char *path)
{
    static const char *const endings[] = {".h5", ".hdf5", NULL};
    const char *dot = strrchr(path, '.');
    return dot != NULL && tool_choice_find(endings, dot) >= 0;
}

int tool_file_detect(const char *path, int *is_hdf5)
{
    struct stat s;
    int error = stat(path, &s) != 0 ? errno : S_ISDIR(s.st_mode) ? EISDIR : 0;
    if (error) return tool_fail(TOOL_INPUT, "%s: %s", path, strerror(error));
    *is_hdf5 = sfm_hdf5_is(path);
    if (!*is_hdf5 && hdf5_named(path))
        return tool_fail(TOOL_INPUT, "%s is not an HDF5 file, or is truncated", path);
    return TOOL_OK;
}
