# Benchmarks: built and run by `make bench` alone, with options in BENCH_ARGS.
EXTRA_PROGRAMS += tests/bench/fakedockerd tests/bench/load tests/bench/relay
tests_bench_fakedockerd_LDADD =
tests_bench_fakedockerd_SOURCES = tests/bench/fakedockerd.c tests/bench/wire.c tests/bench/wire.h
tests_bench_load_SOURCES = tests/bench/load.c tests/bench/cpu.c tests/bench/cpu.h \
	tests/bench/secure.c tests/bench/secure.h tests/bench/wire.c tests/bench/wire.h
tests_bench_load_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
tests_bench_load_LDADD = $(OPENSSL_LIBS)
tests_bench_relay_LDADD =
tests_bench_relay_SOURCES = tests/bench/relay.c tests/bench/wire.c tests/bench/wire.h
CLEANFILES += $(bench_programs)
bench_programs = tests/bench/fakedockerd$(EXEEXT) tests/bench/load$(EXEEXT) \
	tests/bench/relay$(EXEEXT)
EXTRA_DIST += tests/bench/bench.py tests/bench/chart.py tests/bench/report.py \
	tests/bench/targets.py tests/bench/workloads.py $(bench_creates) tests/bench/instructions.py \
	tests/bench/haproxy.cfg tests/bench/haproxy-one.cfg tests/bench/haproxy-tls.cfg \
	docs/performance.md docs/performance.json docs/performance.svg

bench_creates = tests/bench/creates/compose.json tests/bench/creates/docker.json \
	tests/bench/creates/docker-java.json tests/bench/creates/docker-py.json \
	tests/bench/creates/dockerode.json

.PHONY: bench bench-instructions
bench-instructions: sockwarden$(EXEEXT) tests/bench/fakedockerd$(EXEEXT)
	python3 $(srcdir)/tests/bench/instructions.py --build $(builddir) --source $(srcdir) $(BENCH_ARGS)

bench: sockwarden$(EXEEXT) $(bench_programs)
	python3 $(srcdir)/tests/bench/bench.py --build $(builddir) --source $(srcdir) $(BENCH_ARGS)
