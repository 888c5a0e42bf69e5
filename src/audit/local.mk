libcore_a_SOURCES += src/audit/record.h
