libcore_a_SOURCES += src/json/escape.h src/json/json.h src/json/members.h src/json/run.h src/json/sift.h src/json/set.h src/json/stream.h
libcore_a_SOURCES += src/json/escape.c src/json/gate.c src/json/members.c src/json/sift.c src/json/run.c src/json/parse.c src/json/look.c src/json/set.c src/json/stream.c
