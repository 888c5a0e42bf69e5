# SW_FIND_LLHTTP: the library by pkg-config (before version 9 it may be one in its loose mode), else
# the C sources that a package installs.
AC_DEFUN([SW_FIND_LLHTTP],[
AC_ARG_WITH([llhttp-sources],[AS_HELP_STRING([--with-llhttp-sources=DIR],
    [directory of llhttp.c, api.c and http.c (default: /usr/share/llhttp)])],[],
    [with_llhttp_sources=/usr/share/llhttp])
AC_ARG_WITH([llhttp-headers],[AS_HELP_STRING([--with-llhttp-headers=DIR],
    [directory of llhttp.h (default: /usr/share/include/llhttp)])],[],
    [with_llhttp_headers=/usr/share/include/llhttp])
PKG_CHECK_MODULES([LLHTTP],[libllhttp >= 9],[sw_llhttp=library],[
    AS_IF([test -f "$with_llhttp_sources/llhttp.c" && test -f "$with_llhttp_headers/llhttp.h"],[
        sw_llhttp="sources in $with_llhttp_sources"
        LLHTTP_CFLAGS="-isystem $with_llhttp_headers"
        LLHTTP_SOURCES=$with_llhttp_sources],
        [AC_MSG_ERROR([llhttp not found: install libllhttp-dev, or node-llhttp (Debian 12), or name --with-llhttp-sources])])])
AC_SUBST([LLHTTP_CFLAGS])
AC_SUBST([LLHTTP_LIBS])
AC_SUBST([LLHTTP_SOURCES])
AM_CONDITIONAL([LLHTTP_FROM_SOURCES],[test -n "$LLHTTP_SOURCES"])
])
