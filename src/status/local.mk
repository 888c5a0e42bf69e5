libdaemon_a_SOURCES += \
	src/status/metrics.c src/status/metrics.h \
	src/status/status.c src/status/status.h
