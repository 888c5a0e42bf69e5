libcore_a_SOURCES += src/http/http.h
