/* SPDX-License-Identifier: Apache-2.0 */
/* BuildKit's messages, and the maps of attributes in them. Rows with a number are fields of a
 * protobuf message; rows without one are keys of a map. Names are those of the .proto files, keys
 * those that the daemon's frontend, exporters and caches read (buildkit 0.8 to 0.34). */
#include "docker/tables.h"

#define NO(n) .number = (n)

/* ---- attributes of the Dockerfile frontend -----------------------------------------------------
 */

static const struct docker_field frontend_attrs_fields[] = {
    CHECKED("add-hosts", STRING, HOSTS_LIST, EXTRA_HOST),
    FREE("attest:provenance", STRING),
    CHECKED("attest:sbom", STRING, SCANNER, IMAGE),
    NEEDS("build-arg:BUILDKIT_SANDBOX_*", STRING, ALIAS),
    CHECKED("build-arg:BUILDKIT_ATTEST_*", STRING, SCANNER, IMAGE),
    CHECKED("build-arg:BUILDKIT_SYNTAX", STRING, SYNTAX, FRONTEND, .present = true),
    FREE("build-arg:*", STRING, .secret = true),
    CHECKED("cache-from", STRING, CACHE_REFS, BUILD_CACHE),
    CHECKED("cache-imports", STRING, CACHE_JSON, BUILD_CACHE),
    CHECKED("cgroup-parent", STRING, PATH, CGROUP_PARENT),
    FREE("cmdline", STRING),
    CHECKED("context", STRING, CONTEXT, BUILD_REMOTE, .secret = true),
    CHECKED("context:*", STRING, CONTEXT, BUILD_REMOTE, .secret = true),
    FREE("contextkey", STRING),
    FREE("contextsubdir", STRING),
    FREE("cpuperiod", STRING),
    FREE("cpuquota", STRING),
    FREE("cpusetcpus", STRING),
    FREE("cpusetmems", STRING),
    FREE("cpushares", STRING),
    FREE("dockerfilekey", STRING),
    FREE("filename", STRING),
    CHECKED("force-network-mode", STRING, NET_MODE, NETWORK_MODE),
    FREE("frontend.caps", STRING),
    NEEDS("hostname", STRING, ALIAS),
    FREE("image-resolve-mode", STRING),
    CHECKED("label:*", STRING, LABEL_OF, LABEL),
    FREE("local-sessionid:*", STRING, .claim = CLAIM_SESSION),
    FREE("memory", STRING),
    FREE("memswap", STRING),
    FREE("multi-platform", STRING),
    FREE("no-cache", STRING),
    FREE("platform", STRING),
    FREE("requestid", STRING),
    FREE("sharedkey:localdir:*", STRING),
    PLAIN("shm-size", STRING, SHM),
    CHECKED("source", STRING, SYNTAX, FRONTEND, .present = true),
    FREE("target", STRING),
    CHECKED("ulimit", STRING, ULIMIT_LIST, ULIMIT),
    FREE("vcs:*", STRING, .secret = true),
    FREE("input-metadata:*", STRING),
};
SCHEMA(frontend_attrs, "FrontendAttrs");

/* ---- exporters ---------------------------------------------------------------------------------
 */

/* Of an image that the daemon keeps, and hands to registries. */
static const struct docker_field exporter_attrs_fields[] = {
    FREE("annotation.*", STRING),
    FREE("annotation-index.*", STRING),
    FREE("annotation-manifest.*", STRING),
    FREE("annotation-manifest[*", STRING),
    FREE("annotation-manifest-descriptor*", STRING),
    FREE("annotation-index-descriptor.*", STRING),
    FREE("annotation[*", STRING),
    FREE("attestation-inline", STRING),
    FREE("attestation-prefix", STRING),
    FREE("buildinfo", STRING),
    FREE("compression", STRING),
    FREE("compression-level", STRING),
    FREE("danging-name-empty-only", STRING),
    CHECKED("dangling-name-prefix", STRING, EXPORT_NAME, IMAGE_WRITE),
    FREE("force-compression", STRING),
    CHECKED("name", STRING, EXPORT_NAME, IMAGE_WRITE),
    FREE("name-canonical", STRING),
    FREE("oci-artifact", STRING),
    FREE("oci-mediatypes", STRING),
    FREE("prefer-image-digest", STRING),
    FREE("prefer-nondist-layers", STRING),
    PART("push", STRING),
    PART("push-by-digest", STRING),
    CHECKED("registry.insecure", STRING, INSECURE, IMAGE_WRITE, .present = true),
    FREE("rewrite-timestamp", STRING),
    FREE("source-date-epoch", STRING),
    FREE("store", STRING),
    FREE("unpack", STRING),
};
SCHEMA(exporter_attrs, "ExporterAttrs");

/* Of what goes to the client that builds, by its own session. */
static const struct docker_field output_attrs_fields[] = {FREE("*", STRING)};
SCHEMA(output_attrs, "OutputAttrs");

static const struct docker_field solve_exporter_fields[] = {
    PART("Type", STRING, NO(1)),
    PART("Attrs", STRING_MAP, NO(2)),
};
SCHEMA(solve_exporter, "Exporter");

/* ---- caches ------------------------------------------------------------------------------------
 */

static const struct docker_field cache_entry_fields[] = {
    PART("Type", STRING, NO(1)),
    PART("Attrs", STRING_MAP, NO(2)),
};
SCHEMA(cache_entry, "CacheOptionsEntry");

static const struct docker_field cache_imports_fields[] = {
    CHECKED("", OBJECTS, CACHE_FROM, BUILD_CACHE, .sub = &cache_entry)};
SCHEMA(cache_imports, "CacheImports", .whole = true);

#define CACHE_OF_REGISTRY                                                                          \
	FREE("compression", STRING), FREE("compression-level", STRING),                            \
	    FREE("force-compression", STRING), FREE("ignore-error", STRING),                       \
	    FREE("image-manifest", STRING), FREE("mode", STRING), FREE("oci-mediatypes", STRING),  \
	    CHECKED("registry.insecure", STRING, INSECURE, IMAGE_WRITE, .present = true)

static const struct docker_field cache_registry_from_fields[] = {
    CACHE_OF_REGISTRY,
    CHECKED("ref", STRING, IMAGE_READ, IMAGE, .present = true),
};
SCHEMA(cache_registry_from, "RegistryCacheAttrs");

static const struct docker_field cache_registry_to_fields[] = {
    CACHE_OF_REGISTRY,
    CHECKED("ref", STRING, IMAGE_SENT, IMAGE_WRITE, .present = true),
};
SCHEMA(cache_registry_to, "RegistryCacheAttrs");

static const struct docker_field cache_local_attrs_fields[] = {
    FREE("compression", STRING),
    FREE("compression-level", STRING),
    FREE("dest", STRING),
    FREE("digest", STRING),
    FREE("force-compression", STRING),
    FREE("ignore-error", STRING),
    FREE("image-manifest", STRING),
    FREE("mode", STRING),
    FREE("oci-mediatypes", STRING),
    FREE("src", STRING),
    FREE("store", STRING),
    FREE("tag", STRING),
};
SCHEMA(cache_local_attrs, "LocalCacheAttrs");

/* The daemon speaks to these addresses. */
static const struct docker_field cache_gha_attrs_fields[] = {
    FREE("ghtoken", STRING, .secret = true),
    FREE("ignore-error", STRING),
    FREE("mode", STRING),
    FREE("repository", STRING),
    FREE("scope", STRING),
    FREE("timeout", STRING),
    FREE("token", STRING, .secret = true),
    CHECKED("url", STRING, REGISTRY, REGISTRY),
    CHECKED("url_v2", STRING, REGISTRY, REGISTRY),
    FREE("version", STRING),
};
SCHEMA(cache_gha_attrs, "GitHubCacheAttrs");

static const struct docker_field cache_inline_attrs_fields[] = {
    FREE("ignore-error", STRING),
    FREE("mode", STRING),
};
SCHEMA(cache_inline_attrs, "InlineCacheAttrs");

static const struct docker_field solve_cache_fields[] = {
    NEVER("ExportRefDeprecated", STRING, NO(1)),
    NEVER("ImportRefsDeprecated", STRINGS, NO(2)),
    NEVER("ExportAttrsDeprecated", STRING_MAP, NO(3)),
    CHECKED("Exports", OBJECTS, CACHE_TO, BUILD_CACHE, NO(4), .sub = &cache_entry),
    CHECKED("Imports", OBJECTS, CACHE_FROM, BUILD_CACHE, NO(5), .sub = &cache_entry),
};
SCHEMA(solve_cache, "CacheOptions");

/* ---- moby.buildkit.v1.Control ------------------------------------------------------------------
 */

static const struct docker_field solve_request_fields[] = {
    FREE("Ref", STRING, NO(1), .claim = CLAIM_BUILD),
    NEVER("Definition", BYTES, NO(2)),
    CHECKED("ExporterDeprecated", STRING, EXPORTER, IMAGE_WRITE, NO(3)),
    CHECKED("ExporterAttrsDeprecated", STRING_MAP, EXPORTER, IMAGE_WRITE, NO(4)),
    FREE("Session", STRING, NO(5), .claim = CLAIM_SESSION),
    CHECKED("Frontend", STRING, FRONTEND, FRONTEND, NO(6)),
    PLAIN("FrontendAttrs", STRING_MAP, ATTRS, NO(7), .sub = &frontend_attrs),
    INNER("Cache", OBJECT, solve_cache, NO(8)),
    PLAIN("Entitlements", STRINGS, ENTITLEMENT, NO(9)),
    NEVER("FrontendInputs", BYTES_LIST, NO(10)),
    FREE("Internal", BOOL, NO(11)),
    NEVER("SourcePolicy", BYTES, NO(12)),
    CHECKED("Exporters", OBJECTS, EXPORTER, IMAGE_WRITE, NO(13), .sub = &solve_exporter),
    NEVER("EnableSessionExporter", BOOL, NO(14)),
    FREE("SourcePolicySession", STRING, NO(15), .claim = CLAIM_SESSION),
    FREE("CompatibilityVersion", INT, NO(16)),
    FREE("ProxyNetwork", BOOL, NO(17)),
};
SCHEMA(solve_request, "SolveRequest");

static const struct docker_field build_ref_fields[] = {
    FREE("Ref", STRING, NO(1), .claim = CLAIM_BUILD),
};
SCHEMA(build_ref, "StatusRequest");

/* ---- moby.buildkit.v1.frontend.LLBBridge -------------------------------------------------------
 */

static const struct docker_field bridge_solve_fields[] = {
    NEVER("Definition", BYTES, NO(1)),
    CHECKED("Frontend", STRING, FRONTEND, FRONTEND, NO(2)),
    PLAIN("FrontendOpt", STRING_MAP, ATTRS, NO(3), .sub = &frontend_attrs),
    FREE("allowResultReturn", BOOL, NO(5)),
    FREE("allowResultArrayRef", BOOL, NO(6)),
    FREE("Final", BOOL, NO(10)),
    FREE("ExporterAttr", BYTES, NO(11)),
    CHECKED("CacheImports", OBJECTS, CACHE_FROM, BUILD_CACHE, NO(12), .sub = &cache_entry),
    NEVER("FrontendInputs", BYTES_LIST, NO(13)),
    FREE("Evaluate", BOOL, NO(14)),
    NEVER("SourcePolicies", BYTES_LIST, NO(15)),
};
SCHEMA(bridge_solve, "SolveRequest");

/* What is looked up is bound by the source policy of the build. */
static const struct docker_field bridge_resolve_fields[] = {
    CHECKED("Ref", STRING, IMAGE_READ, IMAGE, NO(1)),
    FREE("Platform", BYTES, NO(2)),
    FREE("ResolveMode", STRING, NO(3)),
    FREE("LogName", STRING, NO(4)),
    FREE("ResolverType", INT, NO(5)),
    FREE("SessionID", STRING, NO(6), .claim = CLAIM_SESSION),
    FREE("StoreID", STRING, NO(7)),
    NEVER("SourcePolicies", BYTES_LIST, NO(8)),
};
SCHEMA(bridge_resolve, "ResolveImageConfigRequest");

static const struct docker_field source_attrs_fields[] = {
    NEVER("git.bundle", STRING),
    /* where the daemon really goes: until 0.33 it is not held against the identifier */
    CHECKED("git.fullurl", STRING, PATH, BUILD_REMOTE, .secret = true),
    FREE("git.*", STRING, .secret = true),
    FREE("http.*", STRING, .secret = true),
    FREE("image.*", STRING),
    FREE("local.session", STRING, .claim = CLAIM_SESSION),
    FREE("local.*", STRING),
    FREE("oci.session", STRING, .claim = CLAIM_SESSION),
    FREE("oci.*", STRING),
};
SCHEMA(source_attrs, "SourceAttrs");

static const struct docker_field source_op_fields[] = {
    CHECKED("identifier", STRING, CONTEXT, BUILD_REMOTE, NO(1), .secret = true),
    PLAIN("attrs", STRING_MAP, ATTRS, NO(2), .sub = &source_attrs),
};
SCHEMA(source_op, "SourceOp");

static const struct docker_field bridge_source_fields[] = {
    INNER("Source", OBJECT, source_op, NO(1)),
    FREE("Platform", BYTES, NO(2)),
    FREE("LogName", STRING, NO(3)),
    FREE("ResolveMode", STRING, NO(4)),
    FREE("Git", BYTES, NO(5)),
    FREE("Image", BYTES, NO(6)),
    FREE("HTTP", BYTES, NO(7)),
    NEVER("SourcePolicies", BYTES_LIST, NO(8)),
};
SCHEMA(bridge_source, "ResolveSourceMetaRequest");
