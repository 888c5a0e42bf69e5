# SW_SECCOMP: libseccomp for the sandbox of the running daemon. Instrumented programs do without it
# (and without Landlock): sanitizers look at the process from outside, coverage is written to anywhere.
AC_DEFUN([SW_SECCOMP],[
AC_ARG_ENABLE([seccomp],[AS_HELP_STRING([--disable-seccomp],
    [do without a filter of system calls])],[],[enable_seccomp=yes])
AS_IF([test "$enable_sanitizers" != no || test "$enable_coverage" != no],[
    enable_seccomp=no
    AC_DEFINE([INSTRUMENTED],[1],[Sanitizers or coverage are in: no Landlock, memory stays visible.])])
AS_IF([test "$enable_seccomp" != no],[
    PKG_CHECK_MODULES([SECCOMP],[libseccomp >= 2.5],
        [AC_DEFINE([HAVE_SECCOMP],[1],[libseccomp is there.])],
        [AC_MSG_ERROR([libseccomp not found: install libseccomp-dev, or say --disable-seccomp])])])
AC_SUBST([SECCOMP_CFLAGS])
AC_SUBST([SECCOMP_LIBS])
])
