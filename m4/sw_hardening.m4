# SW_HARDENING: compiler and linker defences into SW_HARDEN_CFLAGS and SW_HARDEN_LDFLAGS. Left out
# of sanitizer and coverage builds, where they hide faults.
AC_DEFUN([SW_HARDENING],[
AC_ARG_ENABLE([hardening],[AS_HELP_STRING([--disable-hardening],
    [compile without the compiler's and linker's defences])],[],[enable_hardening=yes])
AS_IF([test "$enable_sanitizers" != no || test "$enable_coverage" != no],[enable_hardening=no])
AS_IF([test "$enable_hardening" != no],[
    AX_APPEND_COMPILE_FLAGS([-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong dnl
        -fstack-clash-protection -fcf-protection=full -fno-common -fPIE dnl
        -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr],[SW_HARDEN_CFLAGS],[-Werror])
    AX_APPEND_LINK_FLAGS([-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed],
        [SW_HARDEN_LDFLAGS],[-Werror])])
AC_SUBST([SW_HARDEN_CFLAGS])
AC_SUBST([SW_HARDEN_LDFLAGS])
])
