# unit tests of http
if HAVE_CMOCKA
HTTP_TESTS = test_http_line_feeds test_http_recall test_http_request test_http_target test_http_write test_http_response test_http_chunks
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)

test_http_request_SOURCES = tests/unit/test_http_request.c tests/unit/http_unit.h

test_http_line_feeds_SOURCES = tests/unit/test_http_line_feeds.c tests/unit/http_unit.h
test_http_recall_SOURCES = tests/unit/test_http_recall.c tests/unit/http_unit.h

test_http_target_SOURCES = tests/unit/test_http_target.c tests/unit/http_unit.h

test_http_write_SOURCES = tests/unit/test_http_write.c tests/unit/http_unit.h

test_http_response_SOURCES = tests/unit/test_http_response.c tests/unit/http_unit.h

test_http_chunks_SOURCES = tests/unit/test_http_chunks.c tests/unit/http_unit.h
endif
