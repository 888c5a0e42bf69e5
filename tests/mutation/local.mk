# Rows of the tables, changed one at a time: a test must notice each. See rows.test.
check_LIBRARIES += libmutate.a
libmutate_a_SOURCES = tests/mutation/mutate.c tests/mutation/mutate.h

if HAVE_CMOCKA
check_PROGRAMS += mutants mutant
mutants_SOURCES = tests/mutation/mutants.c tests/mutation/mutate.h

# sockwarden itself, from the same objects.
mutant_SOURCES = tests/mutation/linked.c tests/mutation/mutate.h
mutant_LDADD = $(sockwarden_OBJECTS) libmutate.a $(sockwarden_LDADD)

TESTS += tests/mutation/rows.test
endif
dist_check_SCRIPTS += tests/mutation/rows.test
EXTRA_DIST += tests/mutation/not-noticed.txt
