# SW_RELOCATIONS: the tables hold thousands of pointers, whose relocations are read at the start and stay in
# memory. Packed, they take a few hundred bytes, where the linker can write them and the loader reads them
# (glibc 2.36, musl 1.2.4).
AC_DEFUN([SW_RELOCATIONS],[
AX_CHECK_LINK_FLAG([-Wl,-z,pack-relative-relocs],[
    sw_cflags=$CFLAGS sw_ldflags=$LDFLAGS
    CFLAGS="$CFLAGS -fPIE"
    AS_CASE([$LDFLAGS],[*-static*],[],[LDFLAGS="$LDFLAGS -pie"])
    LDFLAGS="$LDFLAGS -Wl,-z,pack-relative-relocs"
    AC_MSG_CHECKING([whether packed relocations work])
    AC_RUN_IFELSE([AC_LANG_PROGRAM([[static int word; int *volatile at = &word;]],[[return at != &word;]])],
        [sw_relocations=yes],[sw_relocations=no],[sw_relocations=no])
    AC_MSG_RESULT([$sw_relocations])
    AS_IF([test "$sw_relocations" = yes],[SW_RELOCATIONS_LDFLAGS=-Wl,-z,pack-relative-relocs])
    CFLAGS=$sw_cflags LDFLAGS=$sw_ldflags],[],[-Werror])
AC_SUBST([SW_RELOCATIONS_LDFLAGS])
])
