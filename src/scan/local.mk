libcore_a_SOURCES += \
	src/scan/scan.h src/scan/parts.h \
	src/scan/checks.c \
	src/scan/checks_other.c \
	src/scan/fails.c \
	src/scan/hold.c \
	src/scan/json.c \
	src/scan/objects.c \
	src/scan/path.c \
	src/scan/sarif.c \
	src/scan/scan.c \
	src/scan/table.c \
	src/scan/text.c
