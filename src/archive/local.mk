libcore_a_SOURCES += \
	src/archive/archive.c src/archive/archive.h \
	src/archive/links.c src/archive/links.h \
	src/archive/pax.c src/archive/pax.h \
	src/archive/tar.c src/archive/tar.h \
	src/archive/unpack.c src/archive/unpack.h
