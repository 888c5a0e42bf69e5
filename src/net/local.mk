libdaemon_a_SOURCES += \
	src/base/log.c src/base/log.h \
	src/net/activation.c src/net/activation.h \
	src/net/background.c src/net/background.h \
	src/net/io.c src/net/io.h \
	src/net/listener.c src/net/listener.h \
	src/net/loop.c src/net/loop.h \
	src/net/mailbox.c src/net/mailbox.h \
	src/net/notify.c src/net/notify.h \
	src/net/outlet.c src/net/outlet.h \
	src/net/peer.c src/net/peer.h \
	src/net/pipe.c src/net/pipe.h \
	src/net/process.c src/net/process.h \
	src/net/pump.c src/net/pump.h \
	src/net/tcp.c src/net/tcp.h \
	src/net/digest.h \
	src/net/tls.h \
	src/net/unix_socket.c src/net/unix_socket.h \
	src/net/watch.c src/net/watch.h
TLS_SOURCES = src/net/digest.c src/net/tls.c src/net/tls_context.c src/net/tls_peer.c src/net/tls_socket.c
if HAVE_TLS
libdaemon_a_SOURCES += $(TLS_SOURCES)
else
libdaemon_a_SOURCES += src/net/tls_none.c
endif
EXTRA_DIST += $(TLS_SOURCES) src/net/tls_none.c
