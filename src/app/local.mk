# The commands. They see the core and, but for check_host.c, cmd_run.c, cmd_stdio.c, daemon.c,
# follow.c, probe.c, requester.c, scan_ask.c, reload.c and signals.c, nothing of the daemon.
sockwarden_CPPFLAGS += $(SECCOMP_CFLAGS)
sockwarden_LDADD += $(SECCOMP_LIBS)
SANDBOX_SOURCES = \
	src/app/sandbox.c src/app/sandbox.h src/app/sandbox_parts.h \
	src/app/sandbox_landlock.c \
	src/app/sandbox_seccomp.c \
	src/app/sandbox_user.c
sockwarden_SOURCES += $(SANDBOX_SOURCES) \
	src/app/app.h \
	src/app/ask.c src/app/ask.h \
	src/app/check.h src/app/check_host.c \
	src/app/check_json.c src/app/check_text.c \
	src/app/cli.c \
	src/app/cmd_check.c \
	src/app/cmd_compare.c \
	src/app/cmd_explain.c \
	src/app/cmd_health.c \
	src/app/cmd_learn.c \
	src/app/cmd_migrate.c \
	src/app/cmd_operations.c \
	src/app/cmd_report.c \
	src/app/requester.c src/app/requester.h \
	src/app/cmd_run.c \
	src/app/cmd_scan.c \
	src/app/log_output.c \
	src/app/cmd_stdio.c \
	src/app/cmd_test.c \
	src/app/cmd_version.c \
	src/app/compare.h src/app/compare_config.c \
	src/app/compare_example.c \
	src/app/compare_find.c \
	src/app/compare_forms.c \
	src/app/compare_print.c src/app/compare_print.h \
	src/app/coverage.c src/app/coverage.h \
	src/app/existing.c src/app/existing.h \
	src/app/daemon.c src/app/daemon.h \
	src/app/explain.h \
	src/app/explain_audit.c \
	src/app/explain_json.c \
	src/app/explain_text.c \
	src/app/findings.c \
	src/app/follow.c \
	src/app/logs.c src/app/logs.h \
	src/app/output.c src/app/output.h \
	src/app/own.c \
	src/app/probe.c src/app/probe.h \
	src/app/reload.c \
	src/app/scan_ask.c src/app/scan_ask.h \
	src/app/rootless.c src/app/rootless.h \
	src/app/signals.c \
	src/app/testfile.c src/app/testfile.h
