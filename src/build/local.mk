libcore_a_SOURCES += \
	src/build/ledger.c src/build/ledger.h \
	src/build/mediator.c src/build/mediator.h \
	src/build/message.c src/build/message.h
