libcore_a_SOURCES += src/answer/answer.c src/answer/answer.h
