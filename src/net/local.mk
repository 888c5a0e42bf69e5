libdaemon_a_SOURCES += \
	src/base/log.c src/base/log.h \
	src/net/io.c src/net/io.h \
	src/net/listener.c src/net/listener.h \
	src/net/loop.c src/net/loop.h \
	src/net/pipe.c src/net/pipe.h \
	src/net/pump.c src/net/pump.h \
	src/net/notify.c src/net/notify.h \
	src/net/unix_socket.c src/net/unix_socket.h
