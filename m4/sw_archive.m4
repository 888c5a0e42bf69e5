# SW_ARCHIVE: the decompressors for archives that are looked into, linked statically where there is an
# archive of them: a shared library would cost each start memory, whether it is used or not.
AC_DEFUN([SW_ARCHIVE],[
AC_CHECK_HEADERS([zlib.h bzlib.h lzma.h zstd.h],[],
    [AC_MSG_ERROR([a decompressor is missing: install zlib1g-dev, libbz2-dev, liblzma-dev and libzstd-dev])])
ARCHIVE_LIBS=
sw_archive_static=yes
m4_foreach_w([sw_lib],[z bz2 lzma zstd],[
    AS_IF([test -f "`$CC $CFLAGS -print-file-name=lib[]sw_lib.a`"],
        [ARCHIVE_LIBS="$ARCHIVE_LIBS -l:lib[]sw_lib.a"],
        [ARCHIVE_LIBS="$ARCHIVE_LIBS -l[]sw_lib"; sw_archive_static=no])])
AC_SUBST([ARCHIVE_LIBS])
])
