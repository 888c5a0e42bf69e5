# What sockwarden makes of bytes, for scripts/differ, which compares it with Go's own libraries.
EXTRA_PROGRAMS += tests/differ/answers
tests_differ_answers_SOURCES = tests/differ/answers.c
tests_differ_answers_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/differ/main.go tests/differ/inputs.go tests/differ/checks.go \
	tests/differ/build/main.go tests/differ/build/sources.go
