libcore_a_SOURCES += \
	src/h2/call.c \
	src/h2/coupling.c src/h2/coupling.h \
	src/h2/ending.c \
	src/h2/fields.c \
	src/h2/flow.c \
	src/h2/message.c \
	src/h2/parts.h \
	src/h2/session.c
