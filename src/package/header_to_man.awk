# SPDX-License-Identifier: BSD-3-Clause
# A public header as a manual page of section 3: its comments as text, its declarations in bold.
#   awk -v name=starfmm -v version=0.1.0 -f this include/starfmm.h

function escaped(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/'/, "\\(aq", s)
    gsub(/`/, "\\(ga", s)
    return s ~ /^\./ ? "\\&" s : s
}
function bold(s) { print "\\fB" escaped(s) "\\fR" }

BEGIN {
    printf ".TH %s 3 \"\" \"starfmm %s\" \"starfmm\"\n", toupper(name), version
    print ".SH NAME\n" name " \\- kernel-independent fast multipole method on StarPU"
    print ".SH SYNOPSIS\n.nf\n\\fB#include <" name ".h>\\fR\n"
    print "cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs starfmm" \
        (name ~ /starpu/ ? " starpu\\-1.3" : "") ")\n.fi\n.SH DESCRIPTION\n.nf"
}
/^#(ifdef __cplusplus|if defined\(__GNUC__\))/ { skipping = 1 }
skipping { if (/^#endif/) skipping = 0; next }
/SPDX-License-Identifier/ || /^#(ifndef|endif|include|define STARFMM_(H|STARPU_H|KERNEL_H|API))/ { next }
/^extern "C"/ { next }
/^\/\* ---- .* -+ \*\/$/ {
    title = $0
    gsub(/^\/\* -+ | -+ \*\/$/, "", title)
    print ".fi\n.SH " toupper(escaped(title)) "\n.nf"
    next
}
# A comment on lines of its own.
/^\/\*/ { comment = 1 }
comment {
    ends = /\*\/ *$/
    line = $0
    sub(/^\/?\*+ ?/, "", line)
    sub(/^ \*\/? ?/, "", line)
    sub(/ *\*\/ *$/, "", line)
    print escaped(line)
    if (ends) comment = 0
    next
}
!NF { print ""; next }
{
    gsub(/STARFMM_API /, "")
    bold($0)
}
END { print ".fi" }
