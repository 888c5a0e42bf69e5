libcore_a_SOURCES += src/policy/policy.h
