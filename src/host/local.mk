libhost_a_SOURCES += \
	src/host/cgroup.c src/host/cgroup.h \
	src/host/host_path.c src/host/host_path.h \
	src/host/mounts.c src/host/mounts.h \
	src/host/own_container.c src/host/own_container.h
