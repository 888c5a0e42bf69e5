libcore_a_SOURCES += src/config/config.h
