libcore_a_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/bucket.c src/base/bucket.h \
	src/base/buf.c src/base/buf.h \
	src/base/date.c src/base/date.h \
	src/base/error.c src/base/error.h \
	src/base/escape.c \
	src/base/glob.c src/base/glob.h \
	src/base/glob_find.c src/base/glob_find.h \
	src/base/ip.c src/base/ip.h \
	src/base/lock.h \
	src/base/meter.c src/base/meter.h \
	src/base/method.c src/base/method.h \
	src/base/mount.h \
	src/base/nearest.c src/base/nearest.h \
	src/base/patterns.c src/base/patterns.h \
	src/base/protobuf.c src/base/protobuf.h \
	src/base/room.c src/base/room.h \
	src/base/span.c src/base/span.h \
	src/base/utf8.c src/base/utf8.h src/base/word.h
