# SW_ARG_INSTRUMENT: the options that change how everything is compiled for testing.
AC_DEFUN([SW_ARG_INSTRUMENT],[
AC_ARG_ENABLE([sanitizers],[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
    [compile with sanitizers (default list: address,undefined)])],
    [AS_IF([test "$enable_sanitizers" = yes],[enable_sanitizers=address,undefined])],
    [enable_sanitizers=no])
AC_ARG_ENABLE([fuzzing],[AS_HELP_STRING([--enable-fuzzing],
    [build the libFuzzer targets (needs CC=clang)])],[],[enable_fuzzing=no])
AC_ARG_ENABLE([coverage],[AS_HELP_STRING([--enable-coverage],[compile for gcov])],[],
    [enable_coverage=no])
AC_ARG_ENABLE([werror],[AS_HELP_STRING([--enable-werror],[warnings are errors])],[],
    [enable_werror=no])
AM_CONDITIONAL([INSTRUMENTED],[test "$enable_sanitizers$enable_fuzzing$enable_coverage" != nonono])
dnl The simulated world has an allocator and threads of its own, which other sanitizers do not bear.
AM_CONDITIONAL([SIMULATED],[test "$enable_fuzzing$enable_coverage" = nono &&
    { test "$enable_sanitizers" = no || test "$enable_sanitizers" = address,undefined; }])
AM_CONDITIONAL([FUZZING],[test "$enable_fuzzing" != no])
AS_IF([test "$enable_fuzzing" != no],[
    SW_INSTRUMENT="$SW_INSTRUMENT -fsanitize=fuzzer-no-link"
    AS_IF([test "$enable_sanitizers" = no],[enable_sanitizers=address,undefined])])
AS_IF([test "$enable_sanitizers" != no],[
    SW_INSTRUMENT="$SW_INSTRUMENT -fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"])
AS_IF([test "$enable_coverage" != no],[SW_INSTRUMENT="$SW_INSTRUMENT --coverage -O0"])
AC_SUBST([SW_INSTRUMENT])
])
