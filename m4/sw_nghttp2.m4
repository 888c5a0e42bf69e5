# SW_NGHTTP2: libnghttp2 for builds that are judged. Its archive where there is one: as a shared
# library it would cost memory from the start on, for those as well who permit no builds.
AC_DEFUN([SW_NGHTTP2],[
PKG_CHECK_MODULES([NGHTTP2],[libnghttp2 >= 1.52],[],
    [AC_MSG_ERROR([libnghttp2 not found: install libnghttp2-dev])])
sw_nghttp2_archive=`$PKG_CONFIG --variable=libdir libnghttp2`/libnghttp2.a
AS_IF([test -f "$sw_nghttp2_archive"],[NGHTTP2_LIBS=$sw_nghttp2_archive])
dnl Released in 1.57 and 1.61; Debian 12 has them in its security updates of 1.52.
AC_CHECK_DECLS([nghttp2_option_set_stream_reset_rate_limit, nghttp2_option_set_max_continuations],[],
    [AC_MSG_ERROR([libnghttp2 is without the fixes of CVE-2023-44487 and CVE-2024-28182])],
    [[#include <nghttp2/nghttp2.h>]])
])
