libcore_a_SOURCES += \
	src/trial/body.c \
	src/trial/head.c \
	src/trial/judge.c \
	src/trial/objects.c src/trial/owner.c \
	src/trial/parts.h \
	src/trial/trial.c src/trial/trial.h \
	src/trial/write.c
