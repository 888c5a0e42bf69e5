libcore_a_SOURCES += src/docker/docker.h src/docker/grant.h src/docker/operations.h \
	src/docker/tables.h
libcore_a_SOURCES += src/docker/call.c src/docker/call.h src/docker/schema_build.c src/docker/grant.c src/docker/operations.c src/docker/params.c \
	src/docker/command.c src/docker/find.c src/docker/look.c src/docker/query.c src/docker/schema_container.c \
	src/docker/schema_host.c src/docker/schema_network.c src/docker/schema_plugin.c \
	src/docker/schema_stored.c \
	src/docker/schema_service.c src/docker/schema_swarm.c src/docker/schema_task.c \
	src/docker/schema_volume.c src/docker/twin.c src/docker/answers.c src/docker/answers.h \
	src/docker/answers_look.c
