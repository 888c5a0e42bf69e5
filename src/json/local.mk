libcore_a_SOURCES += src/json/json.h
