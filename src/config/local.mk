libcore_a_CPPFLAGS += -DPRESET_DIR='"$(pkgdatadir)/presets"'
libcore_a_SOURCES += \
	src/config/address.c \
	src/config/bind.c \
	src/config/client.c \
	src/config/config.c src/config/config.h \
	src/config/environment.c src/config/environment.h \
	src/config/find.c \
	src/config/include.c \
	src/config/ini.c src/config/ini.h \
	src/config/keep.c \
	src/config/listener.c \
	src/config/load.c src/config/load.h \
	src/config/options.c \
	src/config/route.c \
	src/config/status.c \
	src/config/tls.c \
	src/config/value.c src/config/value.h \
	src/config/variables.c src/config/variables.h \
	src/config/variables_check.c
