libcore_a_SOURCES += \
	src/report/clients.c \
	src/report/counting.c \
	src/report/denials.c \
	src/report/html.c src/report/html.h \
	src/report/notices.c \
	src/report/page.c src/report/page.h \
	src/report/page_clients.c \
	src/report/page_denials.c \
	src/report/page_first.c \
	src/report/page_log.c \
	src/report/page_parts.c \
	src/report/page_policies.c \
	src/report/page_time.c \
	src/report/parts.h \
	src/report/policies.c \
	src/report/report.h \
	src/report/style.c src/report/style.h \
	src/report/svg.c src/report/svg.h \
	src/report/take.c \
	src/report/timeline.c src/report/timeline.h
