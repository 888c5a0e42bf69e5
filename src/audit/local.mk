libcore_a_SOURCES += src/audit/record.c src/audit/record.h \
	src/audit/line.c src/audit/line.h \
	src/audit/needs.c src/audit/needs.h \
	src/audit/told.c src/audit/told.h
