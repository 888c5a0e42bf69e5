/* SPDX-License-Identifier: Apache-2.0 */
/* Policies with an owner: what a client of one may use, make and list, and what is sent on in place
 * of what it wrote. In JSON here ' stands for ". */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY "io.sockwarden.owner"
#define ID_MINE "aa11000000000000000000000000000000000000000000000000000000000001"
#define ID_BOBS "bb22000000000000000000000000000000000000000000000000000000000002"
#define NET_MINE "cc33000000000000000000000000000000000000000000000000000000000003"
#define NET_BOBS "dd44000000000000000000000000000000000000000000000000000000000004"
#define NET_COMMON "ee55000000000000000000000000000000000000000000000000000000000005"
#define NET_GONE "ab77000000000000000000000000000000000000000000000000000000000007"
#define NET_BRIDGE "ab88000000000000000000000000000000000000000000000000000000000008"
#define ANONYMOUS "ff66000000000000000000000000000000000000000000000000000000000006"

#define LABEL(owner) "'Labels':{'" KEY "':'" owner "'}"
#define CONTAINER(name, id, label, mark, more)                                                     \
	"{'Id':'" id "','Name':'/" name "','Image':'sha256:1','Config':{'Image':'bb:1',"           \
	"'Labels':{'" KEY "':'" label "'}},'HostConfig':{'ContainerIDFile':'" mark "'}" more "}"
#define MINE(name, more) CONTAINER(name, ID_MINE, "alice", KEY "=alice", more)
#define VOLUME(name, more) "{'Name':'" name "','Driver':'local'" more "}"
#define NETWORK(id, name, more)                                                                    \
	"{'Id':'" id "','Name':'" name "','Driver':'bridge','Scope':'local'" more "}"
#define MOUNTED(name, volume)                                                                      \
	"'container " name "':" MINE(name, ",'Mounts':[{'Type':'volume','Name':'" volume           \
					   "','Driver':'local','Destination':'/d'}]")
#define JOINED(name, network, id)                                                                  \
	"'container " name                                                                         \
	"':" MINE(name, ",'NetworkSettings':{'Networks':{'" network "':{'NetworkID':'" id "'}}}")
#define EXEC(id, container)                                                                        \
	"'exec " id "':{'ID':'" id "','ContainerID':'" container                                   \
	"','ProcessConfig':{'entrypoint':'id'}}"
#define EXEC_MINE "0011000000000000000000000000000000000000000000000000000000000011"
#define EXEC_BOBS "0022000000000000000000000000000000000000000000000000000000000022"

static const char *const objects[] = {
    "'container mine':" MINE("mine", ""),
    "'container " ID_MINE "':" MINE("mine", ""),
    "'container bobs':" CONTAINER("bobs", ID_BOBS, "bob", KEY "=bob", ""),
    "'container " ID_BOBS "':" CONTAINER("bobs", ID_BOBS, "bob", KEY "=bob", ""),
    "'container posing':" CONTAINER("posing", ID_BOBS, "alice", "", ""),
    MOUNTED("with-mine", "mine"),
    MOUNTED("with-bobs", "bobs"),
    MOUNTED("with-anonymous", ANONYMOUS),
    JOINED("on-mine", "mine", NET_MINE),
    JOINED("on-bobs", "bobs", NET_BOBS),
    JOINED("on-gone", "gone", NET_GONE),
    JOINED("on-bridge", "bridge", NET_BRIDGE),
    JOINED("on-common", "commons-a", NET_COMMON),
    "'volume mine':" VOLUME("mine", "," LABEL("alice")),
    "'volume bobs':" VOLUME("bobs", "," LABEL("bob")),
    "'volume nobodys':" VOLUME("nobodys", ""),
    "'volume commons-a':" VOLUME("commons-a", ""),
    "'volume commons-b':" VOLUME("commons-b", "," LABEL("bob")),
    "'made volume new':" VOLUME("new", "," LABEL("alice")),
    "'made volume lost':" VOLUME("lost", "," LABEL("bob")),
    "'volume " ANONYMOUS "':" VOLUME(ANONYMOUS, ""),
    "'network mine':" NETWORK(NET_MINE, "mine", "," LABEL("alice")),
    "'network " NET_MINE "':" NETWORK(NET_MINE, "mine", "," LABEL("alice")),
    "'network bobs':" NETWORK(NET_BOBS, "bobs", "," LABEL("bob")),
    "'network " NET_BOBS "':" NETWORK(NET_BOBS, "bobs", "," LABEL("bob")),
    "'network commons-a':" NETWORK(NET_COMMON, "commons-a", ""),
    "'network " NET_COMMON "':" NETWORK(NET_COMMON, "commons-a", ""),
    "'network bridge':" NETWORK(NET_BRIDGE, "bridge", ""),
    EXEC(EXEC_MINE, ID_MINE),
    EXEC(EXEC_BOBS, ID_BOBS),
};

#define LINES                                                                                      \
	"allow = @all\ncheck_state = no\nimage = *\nimage_write = *\nvolume = *\n"                 \
	"volumes_from = *\nnetwork_template = *\nvolume_driver = *\nimport = *\n"                  \
	"network_mode = * container:**\npid_mode = container:**\nipc_mode = container:**\n"        \
	"link = *\n"
#define OWNER "owner = alice\nshared = network:commons-* volume:commons-*\n"

/* |text| with " for ', to be freed. */
static char *quoted(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	for (char *at = copy; at && *at; at++)
		*at = *at == '\'' ? '"' : *at;
	return copy;
}

/* All objects as one JSON text, to be freed. */
static char *write_state(void)
{
	static char text[32768];
	size_t len = 0;

	for (size_t i = 0; i < COUNT(objects); i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "%c%s", i ? ',' : '{', objects[i]);
	(void)snprintf(text + len, sizeof(text) - len, "}");
	return quoted(text);
}

struct owner_row {
	const char *line, *body, *want;
	const char *sent; /* what is sent on has it, when not NULL */
};

static unsigned check_one(const struct policy *policy, const struct owner_row *row)
{
	static struct outcome outcome;
	char *body = quoted(row->body), *state = write_state(), *sent = quoted(row->sent);
	const struct request_case request = {.line = row->line, .body = body, .state = state};

	decide_case(policy, &request, &outcome);
	unsigned wrong =
	    strcmp(outcome_text(&outcome), row->want) != 0 || (sent && !strstr(outcome.sent, sent));

	if (wrong)
		print_message("%s %s\n  is  %s\n  not %s\n  says %s\n  sent %s\n", row->line,
		    row->body ? row->body : "", outcome_text(&outcome), row->want,
		    outcome.decision.message, outcome.sent);
	free(body);
	free(state);
	free(sent);
	return wrong;
}

static void check_owner_rows(const char *lines, const struct owner_row *rows, size_t count)
{
	struct policy *policy = policy_of(lines);
	unsigned wrong = 0;

	assert_int_equal(policy_guard(policy, SPAN(KEY)), 0);
	for (size_t i = 0; i < count; i++)
		wrong += check_one(policy, &rows[i]);
	policy_unref(policy);
	assert_int_equal(wrong, 0);
}

/* ---- what exists -------------------------------------------------------------------------------
 */

static void objects_of_others_are_missing(void **state)
{
	static const struct owner_row rows[] = {
	    {"POST /containers/mine/start", NULL, "allow", NULL},
	    {"POST /containers/bobs/start", NULL, "owner path:name", NULL},
	    {"POST /containers/posing/start", NULL, "owner path:name", NULL},
	    {"POST /containers/none/start", NULL, "owner path:name", NULL},
	    {"GET /containers/bobs/json", NULL, "owner path:name", NULL},
	    {"DELETE /containers/bobs", NULL, "owner path:name", NULL},
	    {"GET /volumes/mine", NULL, "allow", NULL},
	    {"GET /volumes/bobs", NULL, "owner path:name", NULL},
	    {"GET /volumes/nobodys", NULL, "owner path:name", NULL},
	    {"DELETE /volumes/bobs", NULL, "owner path:name", NULL},
	    {"GET /networks/mine", NULL, "allow", NULL},
	    {"GET /networks/bobs", NULL, "owner path:name", NULL},
	    {"DELETE /networks/commons-a", NULL, "owner path:name", NULL},
	    {"GET /networks/bridge", NULL, "owner path:name", NULL},
	    {"POST /containers/mine/rename?name=bobs", NULL, "owner query:name", NULL},
	    {"POST /containers/mine/rename?name=/bobs", NULL, "owner query:name", NULL},
	    {"POST /containers/mine/rename?name=mine", NULL, "allow", NULL},
	    {"POST /containers/mine/rename?name=none", NULL, "allow", NULL},
	    {"POST /containers/mine/rename?name=a%20b", NULL, "allow", NULL},
	    {"GET /exec/" EXEC_MINE "/json", NULL, "allow", NULL},
	    {"GET /exec/" EXEC_BOBS "/json", NULL, "owner path:name", NULL},
	    {"GET /exec/none/json", NULL, "owner path:name", NULL},
	    {"POST /containers/with-mine/start", NULL, "allow", NULL},
	    {"POST /containers/with-anonymous/start", NULL, "allow", NULL},
	    {"POST /containers/with-bobs/start", NULL, "owner path:name", NULL},
	    {"POST /containers/on-mine/start", NULL, "allow", NULL},
	    {"POST /containers/on-bridge/start", NULL, "allow", NULL},
	    {"POST /containers/on-common/start", NULL, "allow", NULL},
	    {"POST /containers/on-gone/start", NULL, "allow", NULL},
	    {"POST /containers/on-bobs/start", NULL, "owner path:name", NULL},
	};

	(void)state;
	check_owner_rows(LINES OWNER, rows, COUNT(rows));
}

/* ---- what is made ------------------------------------------------------------------------------
 */

#define CREATE "POST /containers/create"
#define HOST(member) "{'HostConfig':{" member "}}"

static void containers_are_made_with_the_mark(void **state)
{
	static const struct owner_row rows[] = {
	    {CREATE, "{}", "allow", "'Labels':{'" KEY "':'alice'}"},
	    {CREATE, "{}", "allow", "'ContainerIDFile':'" KEY "=alice'"},
	    {CREATE, "{'Labels':{'a':'b'}}", "allow", "'" KEY "':'alice','a':'b'"},
	    {CREATE, "{'Labels':{'" KEY "':'alice'}}", "allow", NULL},
	    {CREATE, "{'Labels':{'" KEY "':'bob'}}", "owner Labels[" KEY "]", NULL},
	    {CREATE, "{'Labels':{'" KEY "':''}}", "owner Labels[" KEY "]", NULL},
	    {CREATE, "{'Labels':{},'HostConfig':{},'labels':null}", "ambiguous Labels", NULL},
	    {CREATE, "{'Labels':null,'HostConfig':{},'labels':null}", "ambiguous", NULL},
	    {CREATE, "{'HostConfig':{},'Labels':null,'labels':null}", "ambiguous", NULL},
	    {CREATE, "{'Labels':null,'HostConfig':null,'hostConfig':null}", "ambiguous", NULL},
	    {CREATE, HOST("'ContainerIDFile':null,'containeridfile':null"), "ambiguous", NULL},
	    {CREATE "?name=web", "{}", "allow", NULL},
	    {CREATE "?name=0123456789ab", "{}", "allow", NULL},
	    {CREATE "?name=" ID_BOBS, "{}", "owner query:name", NULL},
	    {CREATE "?name=0123456789a", "{}", "allow", NULL},
	    {CREATE, HOST("'VolumesFrom':['mine:ro']"), "allow", "'" ID_MINE ":ro'"},
	    {CREATE, HOST("'VolumesFrom':['bobs']"), "owner HostConfig.VolumesFrom[0]", NULL},
	    {CREATE, HOST("'VolumesFrom':['posing']"), "owner HostConfig.VolumesFrom[0]", NULL},
	    {CREATE, HOST("'VolumesFrom':['none']"), "owner HostConfig.VolumesFrom[0]", NULL},
	    {CREATE, HOST("'Links':['mine:db']"), "allow", "'" ID_MINE ":db'"},
	    {CREATE, HOST("'Links':['mine']"), "allow", "'" ID_MINE ":mine'"},
	    {CREATE, HOST("'Links':['bobs:db']"), "owner HostConfig.Links[0]", NULL},
	    {CREATE, HOST("'PidMode':'container:mine'"), "allow", "'container:" ID_MINE "'"},
	    {CREATE, HOST("'PidMode':'container:bobs'"), "owner HostConfig.PidMode", NULL},
	    {CREATE, HOST("'IpcMode':'container:bobs'"), "owner HostConfig.IpcMode", NULL},
	    {CREATE, HOST("'NetworkMode':'container:mine'"), "allow", "'container:" ID_MINE "'"},
	    {CREATE, HOST("'NetworkMode':'container:bobs'"), "owner HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("'NetworkMode':'mine'"), "allow", "'NetworkID':'" NET_MINE "'"},
	    {CREATE, HOST("'NetworkMode':'commons-a'"), "allow", "'NetworkID':'" NET_COMMON "'"},
	    {CREATE, HOST("'NetworkMode':'bobs'"), "owner HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("'NetworkMode':'none-such'"), "owner HostConfig.NetworkMode", NULL},
	    {CREATE, "{'NetworkingConfig':{'EndpointsConfig':{'mine':{}}}}", "allow",
		"'NetworkID':'" NET_MINE "'"},
	    {CREATE, "{'NetworkingConfig':{'EndpointsConfig':{'bobs':{}}}}",
		"owner NetworkingConfig.EndpointsConfig[bobs]", NULL},
	    {CREATE, HOST("'Binds':['mine:/d']"), "allow", "'mine:/d'"},
	    {CREATE, HOST("'Binds':['commons-a:/d']"), "allow", NULL},
	    {CREATE, HOST("'Binds':['bobs:/d']"), "owner HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("'Binds':['commons-b:/d']"), "owner HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("'Binds':['nobodys:/d']"), "owner HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("'VolumeDriver':'other','Binds':['new:/d']"), "owner HostConfig.Binds[0]",
		NULL},
	    {CREATE, HOST("'Mounts':[{'Type':'volume','Source':'new','Target':'/d'}]"), "allow",
		NULL},
	    {CREATE, HOST("'Mounts':[{'Type':'volume','Source':'lost','Target':'/d'}]"),
		"owner HostConfig.Mounts[0].Source", NULL},
	    {CREATE, HOST("'Binds':['new:/d']"), "allow", NULL},
	    {CREATE, HOST("'Binds':['lost:/d']"), "owner HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("'Mounts':[{'Type':'volume','Source':'bobs','Target':'/d'}]"),
		"owner HostConfig.Mounts[0].Source", NULL},
	};

	(void)state;
	check_owner_rows(LINES OWNER, rows, COUNT(rows));
}

static void other_objects_are_made_with_the_label(void **state)
{
	static const struct owner_row rows[] = {
	    {"POST /volumes/create", "{'Name':'new'}", "allow", "'Labels':{'" KEY "':'alice'}"},
	    {"POST /volumes/create", "{}", "allow", "'" KEY "':'alice'"},
	    {"POST /volumes/create", "{'Name':'mine'}", "allow", NULL},
	    {"POST /volumes/create", "{'Name':'bobs'}", "owner Name", NULL},
	    {"POST /volumes/create", "{'Name':'x','Labels':{'" KEY "':'bob'}}",
		"owner Labels[" KEY "]", NULL},
	    {"POST /networks/create", "{'Name':'new'}", "allow", "'" KEY "':'alice'"},
	    {"POST /networks/create", "{'Name':'bobs'}", "owner Name", NULL},
	    {"POST /networks/create", "{'Name':'0123456789ab'}", "allow", NULL},
	    {"POST /networks/create", "{'Name':'" NET_BOBS "'}", "owner Name", NULL},
	    {"POST /networks/create", "{'Name':'x','ConfigFrom':{'Network':'bobs'}}",
		"owner ConfigFrom", NULL},
	    {"POST /networks/bridge/connect", "{'Container':'mine'}", "allow", NULL},
	    {"POST /networks/mine/connect", "{'Container':'mine'}", "allow", "'" ID_MINE "'"},
	    {"POST /networks/mine/connect", "{'Container':'bobs'}", "owner Container", NULL},
	    {"POST /networks/bobs/connect", "{'Container':'mine'}", "owner path:name", NULL},
	    {"POST /networks/commons-a/connect", "{'Container':'mine'}", "allow",
		"'NetworkID':'" NET_COMMON "'"},
	};

	(void)state;
	check_owner_rows(LINES OWNER, rows, COUNT(rows));
}

/* ---- what is listed ----------------------------------------------------------------------------
 */

#define FILTERS "filters={'label':{'" KEY "=alice':true}}"

static void lists_are_filtered(void **state)
{
	static const struct owner_row rows[] = {
	    {"GET /containers/json", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters=", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters=null", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters={}", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters={\"label\":[\"a\"]}", NULL, "allow",
		"filters={'label':{'a':true,'" KEY "=alice':true}}"},
	    {"GET /containers/json?filters={\"label\":{\"a\":true},\"status\":[\"x\",\"y\"]}", NULL,
		"allow",
		"filters={'status':{'x':true,'y':true},'label':{'a':true,'" KEY "=alice':true}}"},
	    {"GET /containers/json?filters={\"status\":null}", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters=[]", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"label\":\"a\"}", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"label\":[1]}", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"label\":{\"a\":1}}", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"before\":[\"bobs\"]}", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"before\":[]}", NULL, "allow", FILTERS},
	    {"GET /containers/json?filters={\"id\":[\"0123456789a\"]}", NULL, "owner", NULL},
	    {"GET /containers/json?filters={\"id\":{\"0123456789ab\":true}}", NULL, "allow",
		"'id':{'0123456789ab':true}"},
	    {"GET /volumes", NULL, "allow", FILTERS},
	    {"GET /networks", NULL, "allow", FILTERS},
	    {"GET /events", NULL, "allow", FILTERS},
	    {"GET /system/df", NULL, "owner", NULL},
	};

	(void)state;
	check_owner_rows(LINES OWNER, rows, COUNT(rows));
}

/* ---- images ------------------------------------------------------------------------------------
 */

static void images_get_no_label(void **state)
{
	static const struct owner_row rows[] = {
	    {"POST /build", NULL, "allow", "labels={'" KEY "':''}"},
	    {"POST /build?labels={\"a\":\"b\"}", NULL, "allow", "labels={'a':'b','" KEY "':''}"},
	    {"POST /build?labels={\"a\":null}", NULL, "allow", "labels={'a':'','" KEY "':''}"},
	    {"POST /build?labels=[]", NULL, "body query:labels", NULL},
	    {"POST /build?labels={\"a\":1}", NULL, "body query:labels", NULL},
	    {"POST /commit?container=mine", "{}", "allow", "changes=LABEL " KEY "=''"},
	    {"POST /commit?container=mine&changes=CMD a", "{}", "allow", "changes=LABEL " KEY},
	    {"POST /commit?container=bobs", "{}", "owner query:container", NULL},
	    {"POST /commit?container=mine&changes=CMD a \\", "{}", "owner", NULL},
	    {"POST /commit?container=mine&changes=CMD <<E", "{}", "owner", NULL},
	};

	(void)state;
	check_owner_rows(LINES OWNER, rows, COUNT(rows));
}

/* Another policy of the same configuration, which has no owner. */
static void nobody_sets_the_label(void **state)
{
	static const struct owner_row rows[] = {
	    {CREATE, "{}", "allow", "'Labels':{'" KEY "':''}"},
	    {CREATE, "{'Labels':{'" KEY "':'alice'}}", "owner Labels[" KEY "]", NULL},
	    {"POST /volumes/create", "{'Labels':{'" KEY "':'alice'}}", "owner Labels[" KEY "]",
		NULL},
	    {"POST /containers/bobs/start", NULL, "allow", NULL},
	    {"GET /containers/json", NULL, "allow", NULL},
	    {"POST /build", NULL, "allow", "labels={'" KEY "':''}"},
	};

	(void)state;
	check_owner_rows(LINES, rows, COUNT(rows));
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static void owners_are_names(void **state)
{
	static const struct {
		const char *lines, *says;
	} rows[] = {
	    {"owner = alice", ""},
	    {"owner = alice\nowner = alice", ""},
	    {"owner = alice\nowner = bob", "already set"},
	    {"owner = a.b_c-d", ""},
	    {"owner = -a", "is no name of an owner"},
	    {"owner = a b", "is no name of an owner"},
	    {"owner = %{cn}-%{uid}.%{container}", ""},
	    {"owner = %{name}", "is no name of an owner"},
	    {"shared = volume:x", "without an owner"},
	    {"owner = alice\nshared = volume:x network:y*", ""},
	    {"owner = alice\nshared = container:x", "is not network:PATTERN"},
	    {"owner = alice\nshared = volume:", "is not network:PATTERN"},
	    {"owner = alice\nshared = volume:\"x", "quot"},
	    {"owner = alice\nmode = dry-run", "forwards what is another owner's"},
	    {"owner = alice\ngrant = all", "gives the host"},
	    {"owner = alice\nbuildkit = yes", "caches of all builds"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char lines[200];

		(void)snprintf(lines, sizeof(lines), "allow = @read\n%s", rows[i].lines);
		const char *says = policy_error(lines);

		if (rows[i].says[0] ? !strstr(says, rows[i].says) : says[0])
			fail_msg("%s: %s", rows[i].lines, says);
	}
}

static void owners_are_told_from_clients(void **state)
{
	static const struct {
		const char *owner;
		struct policy_client client;
		const char *want; /* NULL: cannot be told */
	} rows[] = {
	    {"%{cn}", {SPAN("alice"), SPAN("0"), SPAN("")}, "alice"},
	    {"%{cn}", {SPAN("a b"), SPAN("0"), SPAN("")}, NULL},
	    {"%{cn}", {SPAN(""), SPAN("0"), SPAN("")}, NULL},
	    {"u%{uid}", {SPAN(""), SPAN("1000"), SPAN("")}, "u1000"},
	    {"u%{uid}-%{container}", {SPAN(""), SPAN("1"), SPAN("c")}, "u1-c"},
	    {"%{container}", {SPAN("x"), SPAN("1"), SPAN("")}, NULL},
	    {"%{cn}%{cn}",
		{SPAN("a..............................................................."), SPAN(""),
		    SPAN("")},
		"a...............................................................a.............."
		"................................................."},
	    {"%{cn}%{cn}x",
		{SPAN("a..............................................................."), SPAN(""),
		    SPAN("")},
		NULL},
	};
	char room[POLICY_OWNER_MOST + 1], lines[80];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)snprintf(lines, sizeof(lines), "allow = @read\nowner = %s", rows[i].owner);
		struct policy *policy = policy_of(lines);
		bool told = policy_owner_write(policy, &rows[i].client, room);

		assert_int_equal(told, rows[i].want != NULL);
		assert_string_equal(room, rows[i].want ? rows[i].want : "");
		assert_true(policy_owner_varies(policy) && policy_has_owner(policy));
		policy_unref(policy);
	}
}

/* What tells of the objects of others, or of what stands beside the owner's. */
static void requests_that_tell_of_others(void **state)
{
	static const struct owner_row rows[] = {
	    {"GET /v1.41/containers/json", NULL, "allow", NULL},
	    {"GET /v1.41/containers/json?since=", NULL, "allow", NULL},
	    {"GET /v1.41/containers/json?since=bobs", NULL, "owner query:since", NULL},
	    {"GET /v1.41/containers/json?before=bobs", NULL, "owner query:before", NULL},
	    {"GET /v1.41/containers/mine/top?ps_args=-ef", NULL, "allow", NULL},
	    {"GET /v1.41/containers/mine/top?ps_args=-efww", NULL, "owner query:ps_args", NULL},
	    {"GET /v1.41/images/bb:1/json", NULL, "allow", NULL},
	    {"GET /v1.41/images/other:1/json", NULL, "grant path:name", NULL},
	    {"GET /v1.41/images/bb:1/history", NULL, "allow", NULL},
	    {"GET /v1.41/images/json", NULL, "allow", NULL},
	    {"GET /v1.51/images/json", NULL, "allow", NULL},
	    {"GET /images/json", NULL, "upstream path:version", NULL},
	    {"GET /v1.48/images/json?manifests=1", NULL, "allow", NULL},
	    {"POST /v1.41/services/create", "{'Name':'s'}", "owner", NULL},
	    {"GET /v1.41/services", NULL, "owner", NULL},
	    {"GET /v1.41/nodes", NULL, "owner", NULL},
	};

	(void)state;
	check_owner_rows(
	    "allow = @all\ncheck_state = no\nimage = bb:*\nps_args = *\n" OWNER, rows, COUNT(rows));
}

/* A policy without an owner makes nothing that looks like somebody's. */
static void what_nobody_owns_has_no_mark(void **state)
{
#define SERVICE(labels) "{'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'bb:1'" labels "}}}"
	static const struct owner_row rows[] = {
	    {"POST /v1.41/services/create", SERVICE(""), "allow", NULL},
	    {"POST /v1.41/services/create", SERVICE(",'Labels':{'a':'b'}"), "allow", NULL},
	    {"POST /v1.41/services/create", SERVICE(",'Labels':{'" KEY "':'alice'}"),
		"owner TaskTemplate.ContainerSpec.Labels[" KEY "]", NULL},
	    {"POST /v1.41/services/create", "{'Name':'s','TaskTemplate':{}}", "allow", NULL},
	    {"POST /v1.41/containers/create", "{'Labels':{'" KEY "':'alice'}}",
		"owner Labels[" KEY "]", NULL},
	    {"POST /v1.41/containers/create", "{'Labels':{'a':'b'}}", "allow", NULL},
	};

	(void)state;
	check_owner_rows("allow = @all\ngrant = all\ncheck_state = no\n", rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_that_tell_of_others),
	    cmocka_unit_test(what_nobody_owns_has_no_mark),
	    cmocka_unit_test(objects_of_others_are_missing),
	    cmocka_unit_test(containers_are_made_with_the_mark),
	    cmocka_unit_test(other_objects_are_made_with_the_label),
	    cmocka_unit_test(lists_are_filtered),
	    cmocka_unit_test(images_get_no_label),
	    cmocka_unit_test(nobody_sets_the_label),
	    cmocka_unit_test(owners_are_names),
	    cmocka_unit_test(owners_are_told_from_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
