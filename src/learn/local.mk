libcore_a_SOURCES += \
	src/learn/learn.h src/learn/parts.h \
	src/learn/condition.c \
	src/learn/merge.c \
	src/learn/merge_path.c \
	src/learn/read.c \
	src/learn/shape.c \
	src/learn/table.c \
	src/learn/write.c
