if HAVE_CMOCKA
check_PROGRAMS += test_docker_clients test_docker_find test_docker_governed test_docker_owners test_docker_query test_docker_rows test_docker_tables
TESTS += test_docker_clients test_docker_find test_docker_governed test_docker_owners test_docker_query test_docker_rows test_docker_tables
test_docker_clients_SOURCES = tests/unit/test_docker_clients.c tests/unit/unit.h
test_docker_find_SOURCES = tests/unit/test_docker_find.c tests/unit/unit.h
test_docker_governed_SOURCES = tests/unit/test_docker_governed.c tests/unit/unit.h
test_docker_owners_SOURCES = tests/unit/test_docker_owners.c tests/unit/unit.h
test_docker_query_SOURCES = tests/unit/test_docker_query.c tests/unit/unit.h
test_docker_rows_SOURCES = tests/unit/test_docker_rows.c tests/unit/unit.h
test_docker_tables_SOURCES = tests/unit/test_docker_tables.c tests/unit/unit.h
endif
EXTRA_DIST += tests/unit/docker-rows.txt
