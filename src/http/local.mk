libcore_a_SOURCES += \
	src/http/answer.c \
	src/http/bytes.c src/http/bytes.h \
	src/http/chunks.c \
	src/http/head.c src/http/head.h \
	src/http/header.c src/http/header.h \
	src/http/http.h \
	src/http/memo.c \
	src/http/request.c \
	src/http/response.c \
	src/http/target.c \
	src/http/write.c
