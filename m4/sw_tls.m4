# SW_TLS: OpenSSL for TLS listeners and upstreams. Without it the program has a quarter of its size when
# static, and refuses a configuration that wants TLS.
AC_DEFUN([SW_TLS],[
AC_ARG_WITH([tls],[AS_HELP_STRING([--without-tls],
    [do without OpenSSL, and so without tls: addresses])],[],[with_tls=yes])
AS_IF([test "$with_tls" != no],[
    PKG_CHECK_MODULES([OPENSSL],[openssl >= 3.0],
        [AC_DEFINE([HAVE_TLS],[1],[OpenSSL is there.])],
        [AC_MSG_ERROR([OpenSSL not found: install libssl-dev, or say --without-tls])])])
AM_CONDITIONAL([HAVE_TLS],[test "$with_tls" != no])
AC_SUBST([OPENSSL_CFLAGS])
AC_SUBST([OPENSSL_LIBS])
])
