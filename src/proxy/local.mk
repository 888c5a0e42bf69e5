libdaemon_a_SOURCES += \
	src/audit/datagram.c src/audit/datagram.h \
	src/audit/sink.c src/audit/sink.h \
	src/proxy/advice.c src/proxy/advice.h src/proxy/apply.c \
	src/proxy/audit.c \
	src/proxy/caller.c src/proxy/caller.h src/proxy/caller_parts.h \
	src/proxy/caller_address.c \
	src/proxy/caller_process.c \
	src/proxy/conn.c src/proxy/conn.h \
	src/proxy/container.c src/proxy/container.h \
	src/proxy/coupled.c src/proxy/coupled.h \
	src/proxy/crew.c src/proxy/crew.h \
	src/proxy/claim.c src/proxy/claim.h \
	src/proxy/crowd.c src/proxy/crowd.h \
	src/proxy/door.c src/proxy/door.h \
	src/proxy/ending.c \
	src/proxy/exchange.c src/proxy/exchange.h \
	src/proxy/facts.c src/proxy/facts.h \
	src/proxy/forward.c \
	src/proxy/greet.c \
	src/proxy/identity.c src/proxy/identity.h \
	src/proxy/inspect.c \
	src/proxy/ledger.c src/proxy/ledger.h \
	src/proxy/limit.c src/proxy/limit.h \
	src/proxy/lookup.c src/proxy/lookup.h \
	src/proxy/own.c src/proxy/owner.c \
	src/proxy/pending.c src/proxy/pending.h \
	src/proxy/question.c src/proxy/question.h \
	src/proxy/redaction.c src/proxy/redaction.h \
	src/proxy/refuse.c \
	src/proxy/request.c \
	src/proxy/response.c \
	src/proxy/server.c src/proxy/server.h \
	src/proxy/stats.c src/proxy/stats.h \
	src/proxy/tunnel.c \
	src/proxy/upstream.c src/proxy/upstream.h
