libcore_a_SOURCES += src/docker/docker.h src/docker/grant.h
