# SW_LTO: the program is optimized as a whole, where the compiler can leave ordinary code in the objects
# as well: the tests are linked from that, quickly.
AC_DEFUN([SW_LTO],[
AC_ARG_ENABLE([lto],[AS_HELP_STRING([--disable-lto],[link without optimizing the program as a whole])],
    [],[enable_lto=yes])
AS_IF([test "$enable_sanitizers$enable_fuzzing$enable_coverage" != nonono],[enable_lto=no])
AS_IF([test "$enable_lto" != no],
    [AX_CHECK_COMPILE_FLAG([-flto=auto -ffat-lto-objects],[],[enable_lto=no],[-Werror])])
AS_IF([test "$enable_lto" != no],
    [AX_CHECK_LINK_FLAG([-flto=auto],[],[enable_lto=no],[-Werror])])
AS_IF([test "$enable_lto" != no],[
    SW_LTO_CFLAGS="-flto=auto -ffat-lto-objects"
    SW_LTO_LDFLAGS="-flto=auto -w" # each file has had its warnings
    SW_NO_LTO_LDFLAGS=-fno-lto])
AC_SUBST([SW_LTO_CFLAGS])
AC_SUBST([SW_LTO_LDFLAGS])
AC_SUBST([SW_NO_LTO_LDFLAGS])
])
