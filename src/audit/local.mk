libcore_a_SOURCES += src/audit/record.c src/audit/record.h
