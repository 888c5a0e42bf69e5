/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that show a difference of two policies: a form or more for each grant, requirement and
 * setting, and for operations that want more than their path. Every form of a subject is tried. */
#include "app/compare.h"

#define CREATE(name, members)                                                                      \
	{                                                                                          \
		(name), "POST", "/containers/create", "{\"Image\":\"%I\"" members "}", NULL        \
	}
#define HOST(name, members) CREATE(name, ",\"HostConfig\":{" members "}")
#define EXEC(name, members)                                                                        \
	{                                                                                          \
		(name), "POST", "/containers/x/exec", "{\"Cmd\":[\"id\"]" members "}", NULL        \
	}
#define UPDATE(name, members)                                                                      \
	{                                                                                          \
		(name), "POST", "/containers/x/update", "{" members "}", NULL                      \
	}
#define SERVICE(name, members)                                                                     \
	{                                                                                          \
		(name), "POST", "/services/create",                                                \
		    "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%I\"}" members "}}", NULL   \
	}
#define TASK(name, members)                                                                        \
	{                                                                                          \
		(name), "POST", "/services/create",                                                \
		    "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%I\"" members "}}}", NULL   \
	}
#define VOLUME(name, members)                                                                      \
	{                                                                                          \
		(name), "POST", "/volumes/create", "{\"Name\":\"v\"" members "}", NULL             \
	}
#define NETWORK(name, members)                                                                     \
	{                                                                                          \
		(name), "POST", "/networks/create", "{\"Name\":\"n\"" members "}", NULL            \
	}
#define TARGET(name, method, target)                                                               \
	{                                                                                          \
		(name), (method), (target), NULL, NULL                                             \
	}
#define BODY(name, method, target, body)                                                           \
	{                                                                                          \
		(name), (method), (target), (body), NULL                                           \
	}
#define SOLVE "/moby.buildkit.v1.frontend.LLBBridge/Solve"
#define H2C "Connection: Upgrade\nUpgrade: h2c"
#define WEBSOCKET "Connection: Upgrade\nUpgrade: websocket"
#define COMMIT "/commit?container=x&repo=%I"

static const struct sample_form forms[] = {
    /* grants */
    HOST("privileged", "\"Privileged\":true"),
    EXEC("privileged", ",\"Privileged\":true"),
    HOST("bind", "\"Binds\":[\"%1:/x:%2\"]"),
    HOST("bind", "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"%1\",\"Target\":\"/x\","
		 "\"BindOptions\":{\"CreateMountpoint\":true}}]"),
    TASK("bind", ",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"%1\",\"Target\":\"/x\"}]"),
    HOST("volume", "\"Binds\":[\"%1:/x\"]"),
    HOST("volume", "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"%1\",\"Target\":\"/x\"}]"),
    VOLUME("volume_driver", ",\"Driver\":\"%1\""),
    HOST("volume_driver", "\"VolumeDriver\":\"%1\""),
    VOLUME("volume_option", ",\"DriverOpts\":{\"%1\":\"%2\"}"),
    VOLUME("volume_option", ",\"DriverOpts\":{\"type\":\"tmpfs\",\"%1\":\"%2\"}"),
    HOST("volume_subpath", "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x\","
			   "\"VolumeOptions\":{\"Subpath\":\"%1\"}}]"),
    VOLUME("cluster_volume", ",\"ClusterVolumeSpec\":{\"Group\":\"g\"}"),
    HOST("volumes_from", "\"VolumesFrom\":[\"%1\"]"),
    HOST("tmpfs", "\"Tmpfs\":{\"/x\":\"%1=%2\"}"),
    HOST("tmpfs", "\"Tmpfs\":{\"%1\":\"%2\"}"),
    HOST("tmpfs", "\"Tmpfs\":{\"/x\":\"%1\"}"),
    BODY("image", "POST", "/containers/create", "{\"Image\":\"%1\"}"),
    TARGET("image", "POST", "/images/create?fromImage=%1"),
    BODY("image", "POST", "/services/create",
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%1\"}}}"),
    TARGET("image_write", "POST", "/build?t=%1"),
    TARGET("image_write", "DELETE", "/images/%1"),
    TARGET("image_write", "POST", "/images/%1/push"),
    TARGET("image_write", "POST", "/images/%I/tag?repo=%1"),
    BODY("registry", "POST", "/auth", "{\"username\":\"u\",\"serveraddress\":\"%1\"}"),
    TARGET("registry", "GET", "/images/search?term=%1:5000/x"),
    TARGET("registry", "POST", "/images/create?fromImage=%1/x:1"),
    TARGET("import", "POST", "/images/create?fromSrc=%1"),
    HOST("network_mode", "\"NetworkMode\":\"%1\""),
    SERVICE("network_mode", ",\"Networks\":[{\"Target\":\"%1\"}]"),
    BODY("network_mode", "POST", "/networks/%1/connect", "{\"Container\":\"x\"}"),
    NETWORK("network_driver", ",\"Driver\":\"%1\""),
    NETWORK("network_option", ",\"Options\":{\"%1\":\"%2\"}"),
    NETWORK("network_scope", ",\"Scope\":\"%1\""),
    NETWORK("network_template", ",\"ConfigFrom\":{\"Network\":\"%1\"}"),
    NETWORK("network_config_only", ",\"ConfigOnly\":true"),
    NETWORK("ipam", ",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.1.0.0/16\"}]}"),
    CREATE("ipam", ",\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{\"IPAMConfig\":"
		   "{\"IPv4Address\":\"10.1.0.9\"}}}}"),
    CREATE("alias", ",\"Hostname\":\"%1\""),
    HOST("publish", "\"PortBindings\":{\"80/%3\":[{\"HostIp\":\"%1\",\"HostPort\":\"%2\"}]}"),
    HOST("publish_all", "\"PublishAllPorts\":true"),
    HOST("pid_mode", "\"PidMode\":\"%1\""),
    HOST("ipc_mode", "\"IpcMode\":\"%1\""),
    HOST("uts_mode", "\"UTSMode\":\"%1\""),
    HOST("userns_mode", "\"UsernsMode\":\"%1\""),
    HOST("cgroupns_mode", "\"CgroupnsMode\":\"%1\""),
    HOST("cgroup_parent", "\"CgroupParent\":\"%1\""),
    HOST("device", "\"Devices\":[{\"PathOnHost\":\"%1\",\"PathInContainer\":\"/dev/x\","
		   "\"CgroupPermissions\":\"r\"}]"),
    HOST("device_request", "\"DeviceRequests\":[{\"Driver\":\"%1\",\"Count\":%2}]"),
    HOST("device_request", "\"DeviceRequests\":[{\"Driver\":\"%1\",\"DeviceIDs\":[\"%3\"]}]"),
    HOST("device_cgroup_rule", "\"DeviceCgroupRules\":[\"%1\"]"),
    HOST("cap_add", "\"CapAdd\":[\"%1\"]"),
    HOST("security_opt", "\"SecurityOpt\":[\"%1\"]"),
    HOST("unmask", "\"MaskedPaths\":[]"),
    HOST("sysctl", "\"Sysctls\":{\"%1\":\"%2\"}"),
    HOST("runtime", "\"Runtime\":\"%1\""),
    HOST("log_driver", "\"LogConfig\":{\"Type\":\"%1\"}"),
    HOST("log_option", "\"LogConfig\":{\"Config\":{\"%1\":\"%2\"}}"),
    HOST("template", "\"LogConfig\":{\"Config\":{\"tag\":\"%1\"}}"),
    HOST("link", "\"Links\":[\"%1\"]"),
    HOST("extra_host", "\"ExtraHosts\":[\"%1\"]"),
    HOST("dns", "\"Dns\":[\"%1\"]"),
    HOST("dns", "\"DnsSearch\":[\"%1\"]"),
    HOST("restart", "\"RestartPolicy\":{\"Name\":\"%1\"}"),
    UPDATE("restart", "\"RestartPolicy\":{\"Name\":\"%1\"}"),
    HOST("ulimit", "\"Ulimits\":[{\"Name\":\"%1\",\"Soft\":1,\"Hard\":1}]"),
    HOST("realtime", "\"CpuRealtimeRuntime\":950000"),
    UPDATE("realtime", "\"CpuRealtimePeriod\":1000000"),
    HOST("oom", "\"OomKillDisable\":true"),
    HOST("storage_opt", "\"StorageOpt\":{\"%1\":\"%2\"}"),
    HOST("isolation", "\"Isolation\":\"%1\""),
    HOST("annotation", "\"Annotations\":{\"%1\":\"%2\"}"),
    HOST("group_add", "\"GroupAdd\":[\"%1\"]"),
    CREATE("mac_address", ",\"MacAddress\":\"%1\""),
    CREATE("user", ",\"User\":\"%1\""),
    EXEC("user", ",\"User\":\"%1\""),
    CREATE("working_dir", ",\"WorkingDir\":\"%1\""),
    EXEC("working_dir", ",\"WorkingDir\":\"%1\""),
    CREATE("env", ",\"Env\":[\"%1=%2\"]"),
    EXEC("env", ",\"Env\":[\"%1=%2\"]"),
    CREATE("label", ",\"Labels\":{\"%1\":\"%2\"}"),
    VOLUME("label", ",\"Labels\":{\"%1\":\"%2\"}"),
    NETWORK("label", ",\"Labels\":{\"%1\":\"%2\"}"),
    CREATE("entrypoint", ",\"Entrypoint\":%L"),
    CREATE("command", ",\"Cmd\":%L"),
    TASK("command", ",\"Args\":%L"),
    BODY("exec_command", "POST", "/containers/x/exec", "{\"Cmd\":%L}"),
    EXEC("exec_tty", ",\"Tty\":true"),
    TARGET("ps_args", "GET", "/containers/x/top?ps_args=%1"),
    BODY("image_change", "POST", COMMIT "&changes=%1", "{}"),
    TARGET("image_change", "POST", "/images/create?fromSrc=-&changes=%1"),
    TARGET("signal", "POST", "/containers/x/kill?signal=%1"),
    CREATE("signal", ",\"StopSignal\":\"%1\""),
    TARGET("archive_path", "GET", "/containers/x/archive?path=%1"),
    TARGET("archive_path", "PUT", "/containers/x/archive?path=%1"),
    BODY("name", "POST", "/containers/create?name=%1", "{\"Image\":\"%I\"}"),
    TARGET("name", "POST", "/containers/x/rename?name=%1"),
    BODY("name", "POST", "/volumes/create", "{\"Name\":\"%1\"}"),
    BODY("name", "POST", "/networks/create", "{\"Name\":\"%1\"}"),
    TARGET("build_remote", "POST", "/build?remote=%1"),
    BODY("frontend", "POST", SOLVE,
	"{\"Frontend\":\"dockerfile.v0\",\"FrontendOpt\":{\"build-arg:BUILDKIT_SYNTAX\":\"%1\"}}"),
    BODY("build_cache", "POST", "/moby.buildkit.v1.Control/Solve",
	"{\"Cache\":{\"Imports\":[{\"Type\":\"%1\"}]}}"),
    TARGET("buildkit", "POST", "/build?version=2&session=s"),
    BODY("checkpoint_dir", "POST", "/containers/x/checkpoints",
	"{\"CheckpointID\":\"c\",\"CheckpointDir\":\"%1\"}"),
    TARGET("checkpoint_dir", "POST", "/containers/x/start?checkpoint=c&checkpoint-dir=%1"),
    BODY("plugin", "POST", "/plugins/pull?remote=%1", "[]"),
    BODY("plugin_privilege", "POST", "/plugins/pull?remote=example/x",
	"[{\"Name\":\"%1\",\"Value\":[\"%2\"]}]"),
    BODY("plugin_setting", "POST", "/plugins/x/set", "[\"%1=%2\"]"),
    BODY("node", "POST", "/nodes/n/update?version=1", "{\"Role\":\"%1\"}"),
    BODY("node", "POST", "/nodes/n/update?version=1", "{\"Availability\":\"%1\"}"),
    BODY("swarm", "POST", "/swarm/join",
	"{\"RemoteAddrs\":[\"10.0.0.2:2377\"],\"JoinToken\":\"t\"}"),
    TARGET("swarm", "POST", "/swarm/leave"),
    TASK("secret", ",\"Secrets\":[{\"SecretID\":\"s1\",\"SecretName\":\"%1\"}]"),
    BODY("secret_driver", "POST", "/secrets/create",
	"{\"Name\":\"s\",\"Driver\":{\"Name\":\"%1\"}}"),
    BODY("task_runtime", "POST", "/services/create", "{\"TaskTemplate\":{\"Runtime\":\"%1\"}}"),
    BODY("service_rollback", "POST", "/services/x/update?version=7&rollback=%1", "{}"),
    SERVICE("placement", ",\"Placement\":{\"Constraints\":[\"%1\"]}"),
    {"registry_header", "POST", "/images/create?fromImage=%I", NULL, "%1: %2"},
    {"registry_header", "GET", "/images/search?term=x", NULL, "%1: %2"},
    /* operations */
    BODY("/containers/create", "POST", "", "{\"Image\":\"%I\"}"),
    BODY("/containers/{id}/exec", "POST", "", "{\"Cmd\":[\"id\"]}"),
    BODY("/containers/{id}/update", "POST", "", "{}"),
    BODY("/exec/{id}/start", "POST", "", "{}"),
    TARGET("/containers/{id}/archive", "GET", "?path=/out"),
    TARGET("/containers/{id}/archive", "PUT", "?path=/out"),
    TARGET("/containers/{id}/rename", "POST", "?name=x"),
    BODY("/commit", "POST", "?container=x&repo=%I", "{}"),
    {"/containers/{id}/attach/ws", "GET", "", NULL, WEBSOCKET},
    TARGET("/images/create", "POST", "?fromImage=%I"),
    TARGET("/images/{name}/tag", "POST", "?repo=%I"),
    TARGET("/images/search", "GET", "?term=x"),
    BODY("/networks/create", "POST", "", "{\"Name\":\"n\"}"),
    BODY("/networks/{id}/connect", "POST", "", "{\"Container\":\"x\"}"),
    BODY("/networks/{id}/disconnect", "POST", "", "{\"Container\":\"x\"}"),
    BODY("/volumes/create", "POST", "", "{\"Name\":\"v\"}"),
    BODY("/volumes/{id}", "PUT", "?version=1", "{}"),
    BODY("/services/create", "POST", "",
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%I\"}}}"),
    BODY("/services/{id}/update", "POST", "?version=1",
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%I\"}}}"),
    {"/session", "POST", "", NULL, H2C},
    {"/grpc", "POST", "", NULL, H2C},
    /* requirements, each against a container that says nothing of it */
    EXEC("exec_non_root", ",\"User\":\"root\""),
    EXEC("non_root", ""),
    HOST("no_privileged", "\"Privileged\":true"),
    EXEC("no_privileged", ",\"Privileged\":true"),
    HOST("no_new_privileges", "\"SecurityOpt\":[\"no-new-privileges=false\"]"),
    HOST("seccomp", "\"SecurityOpt\":[\"seccomp=unconfined\"]"),
    HOST("seccomp", "\"Privileged\":true"),
    HOST("apparmor", "\"SecurityOpt\":[\"apparmor=unconfined\"]"),
    HOST("apparmor", "\"Privileged\":true"),
    HOST("selinux", "\"SecurityOpt\":[\"label=disable\"]"),
    HOST("selinux", "\"Privileged\":true"),
    HOST("selinux", "\"PidMode\":\"host\""),
    UPDATE("pids_limit", "\"PidsLimit\":-1"),
    HOST("no_host_namespaces", "\"NetworkMode\":\"host\""),
    HOST("no_host_namespaces", "\"PidMode\":\"host\""),
    HOST("private_ipc", "\"IpcMode\":\"shareable\""),
    HOST("private_ipc", "\"IpcMode\":\"host\""),
    HOST("no_devices", "\"Privileged\":true"),
    HOST("no_devices", "\"DeviceRequests\":[{\"Count\":-1}]"),
    HOST("no_devices", "\"Devices\":[{\"PathOnHost\":\"%1\",\"PathInContainer\":\"/dev/x\","
		       "\"CgroupPermissions\":\"r\"}]"),
    HOST("no_sensitive_binds", "\"Binds\":[\"%1:/x:ro\"]"),
    HOST("no_sensitive_binds", "\"Binds\":[\"/:/x:ro\"]"),
    HOST("no_sensitive_binds", "\"Binds\":[\"/etc:/x:ro\"]"),
    HOST("no_sensitive_binds", "\"Binds\":[\"/var/run/docker.sock:/x:ro\"]"),
    HOST("no_shared_propagation", "\"Binds\":[\"%1:/x:ro,rshared\"]"),
    HOST("no_shared_propagation", "\"Binds\":[\"%1:/x:ro,shared\"]"),
    HOST("nosuid_binds", "\"Binds\":[\"%1:/x:rw\"]"),
    HOST("loopback_ports", "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}"),
    HOST("loopback_ports", "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"}]}"),
    HOST("loopback_ports", "\"PublishAllPorts\":true"),
    HOST("unprivileged_ports", "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"}]}"),
    HOST("unprivileged_ports",
	"\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"80\"}]}"),
    HOST("restart_bounded", "\"RestartPolicy\":{\"Name\":\"always\"}"),
    HOST("restart_bounded", "\"RestartPolicy\":{\"Name\":\"on-failure\"}"),
    UPDATE("restart_bounded", "\"RestartPolicy\":{\"Name\":\"on-failure\"}"),
    CREATE("no_secret_env", ",\"Env\":[\"DB_PASSWORD=x\"]"),
    EXEC("no_secret_env", ",\"Env\":[\"DB_PASSWORD=x\"]"),
    /* maxima */
    HOST("max_memory", "\"Memory\":%1"),
    HOST("max_cpus", "\"NanoCpus\":%1"),
    HOST("max_pids", "\"PidsLimit\":%1"),
    UPDATE("max_pids", "\"PidsLimit\":%1"),
    HOST("max_shm", "\"ShmSize\":%1"),
    BODY("max_replicas", "POST", "/services/create",
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"%I\"}},"
	"\"Mode\":{\"Replicated\":{\"Replicas\":%1}}}"),
    HOST("max_restarts", "\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":%1}"),
    /* settings */
    TARGET("min_api", "GET", "/v%V/_ping"),
    TARGET("min_api", "GET", "/v%V/version"),
    TARGET("min_api", "GET", "/v%V/info"),
    TARGET("min_api", "GET", "/v%V/events"),
    TARGET("min_api", "GET", "/v%V/containers/json"),
    TARGET("min_api", "GET", "/v%V/images/json"),
    TARGET("min_api", "POST", "/v%V/build"),
    CREATE("min_api", ",\"Healthcheck\":{\"Test\":[\"CMD\",\"/ok\"],\"StartInterval\":1000000000}"),
    TARGET("max_api", "GET", "/v%V/_ping"),
    TARGET("max_api", "GET", "/v%V/version"),
    TARGET("max_api", "GET", "/v%V/info"),
    TARGET("max_api", "GET", "/v%V/events"),
    TARGET("max_api", "GET", "/v%V/containers/json"),
    TARGET("max_api", "GET", "/v%V/images/json"),
    TARGET("max_api", "POST", "/v%V/build"),
    TARGET("unknown_routes", "GET", "/unknown"),
    TARGET("unknown_routes", "POST", "/unknown"),
    TARGET("unknown_params", "GET", "/_ping?unknown=1"),
    TARGET("unknown_params", "GET", "/version?unknown=1"),
    TARGET("unknown_params", "GET", "/info?unknown=1"),
    TARGET("unknown_params", "GET", "/events?unknown=1"),
    TARGET("unknown_params", "GET", "/containers/json?unknown=1"),
    TARGET("unknown_params", "GET", "/images/json?unknown=1"),
    TARGET("unknown_params", "POST", "/build?unknown=1"),
    CREATE("unknown_fields", ",\"Unknown\":1"),
    EXEC("unknown_fields", ",\"Unknown\":1"),
    NETWORK("unknown_fields", ",\"Unknown\":1"),
    VOLUME("unknown_fields", ",\"Unknown\":1"),
    HOST("grant", "\"Privileged\":true"),
    EXEC("grant", ",\"Privileged\":true"),
    HOST("grant", "\"Binds\":[\"/:/x\"]"),
    HOST("grant", "\"PidMode\":\"host\""),
    TARGET("grant", "POST", "/images/create?fromImage=registry.invalid/x"),
    TARGET("grant", "POST", "/build?version=2&session=s"),
};

const struct sample_form *sample_form_at(unsigned index)
{
	return index < sizeof(forms) / sizeof(*forms) ? &forms[index] : NULL;
}

static const struct {
	const char *name, *members;
} compliances[] = {
    {"non_root", "{\"User\":\"1000:1000\"}"},
    {"cap_drop_all", "{\"HostConfig\":{\"CapDrop\":[\"ALL\"]}}"},
    {"no_new_privileges", "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges\"]}}"},
    {"read_only_root", "{\"HostConfig\":{\"ReadonlyRootfs\":true}}"},
    {"memory_limit", "{\"HostConfig\":{\"Memory\":8388608}}"},
    {"cpu_limit", "{\"HostConfig\":{\"NanoCpus\":10000000}}"},
    {"pids_limit", "{\"HostConfig\":{\"PidsLimit\":1}}"},
    {"no_host_namespaces", "{\"HostConfig\":{\"CgroupnsMode\":\"private\"}}"},
    {"private_ipc", "{\"HostConfig\":{\"IpcMode\":\"private\"}}"},
    {"private_cgroup", "{\"HostConfig\":{\"CgroupnsMode\":\"private\"}}"},
    {"no_default_bridge", "{\"HostConfig\":{\"NetworkMode\":\"none\"}}"},
    {"restart_bounded", "{\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"no\"}}}"},
    {"healthcheck", "{\"Healthcheck\":{\"Test\":[\"CMD\",\"/ok\"]}}"},
    {"ulimits", "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":64,\"Hard\":64}]}}"},
    {"log_driver", "{\"HostConfig\":{\"LogConfig\":{\"Type\":\"json-file\"}}}"},
    {"log_limits", "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"max-size\":\"1m\"}}}}"},
    {"max_memory", "{\"HostConfig\":{\"Memory\":8388608}}"},
    {"max_cpus", "{\"HostConfig\":{\"NanoCpus\":10000000}}"},
    {"max_pids", "{\"HostConfig\":{\"PidsLimit\":1}}"},
    {"max_shm", "{\"HostConfig\":{\"ShmSize\":65536}}"},
};

const char *sample_compliance(struct span name)
{
	for (size_t i = 0; i < sizeof(compliances) / sizeof(*compliances); i++) {
		if (span_equal(name, span_of(compliances[i].name)))
			return compliances[i].members;
	}
	return NULL;
}
