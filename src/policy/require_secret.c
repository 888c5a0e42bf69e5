/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables of an environment are secrets: by their name, or by the look of their value. */
#include "base/glob.h"
#include "json/json.h"
#include "policy/require.h"

/* In any case. */
static const char *const names[] = {
    /* what people type */
    "**PASSWORD**", "**PASSWD**", "**PASSPHRASE**", "**PASSCODE**", "**_PASS", "PASS", "**DBPASS",
    "**USERPASS", "SSHPASS", "SVNPASS", "PGPASS", "**_PWD", "MYSQLPWD", "DBPWD", "**_PW",
    /* what programs hand over */
    "**SECRET**", "**TOKEN**", "**CREDENTIAL**", "**BEARER**", "**AUTHORIZATION**", "**_AUTH",
    "**AUTH_CONFIG", "**COOKIE", "**_JWT", "**WEBHOOK_URL", "**CONNECTION_STRING",
    "**CONNECTIONSTRING",
    /* keys that are not public */
    "**API_KEY**", "**APIKEY**", "**ACCESS_KEY**", "**ACCESSKEY**", "**PRIVATE_KEY**",
    "**PRIVATEKEY**", "**ENCRYPTION_KEY**", "**SIGNING_KEY**", "**MASTER_KEY**", "**SSH_KEY**",
    "**AUTH_KEY**", "**AUTHKEY**", "**ACCOUNT_KEY**", "**STORAGE_KEY**", "**DEPLOY_KEY**",
    "**SHARED_KEY**", "**LICENSE_KEY**", "**UNSEAL_KEY**", "**HMAC**", "**_PSK", "PSK"};

static const char *const values[] = {
    /* an address with a user and a password in it, and settings that hold one */
    "**://**:**@**", "**password=?**", "**pwd=?**", "**accountkey=?**", "**sharedaccesskey=?**",
    "**secretkey=?**", "Bearer ?**", "Basic ????????**",
    /* tokens and keys that say what they are */
    "AKIA????????????????", "ASIA????????????????", "**-----BEGIN**PRIVATE KEY**",
    "AGE-SECRET-KEY-*", "ghp_*", "gho_*", "ghu_*", "ghs_*", "ghr_*", "github_pat_*", "glpat-*",
    "glrt-*", "gldt-*", "xox?-*", "xapp-*", "sk_live_*", "rk_live_*", "whsec_*",
    "sk-????????????????????*", "AIza???????????????????????????????????", "ya29.*", "dckr_pat_*",
    "npm_????????????????????????????????????", "pypi-????????????????*", "hvs.????????????????*",
    "SG.*.*", "dop_v1_*", "shpat_*", "eyJ*.eyJ*.*", "https://hooks.slack.com/services/**",
    "https://discord.com/api/webhooks/**"};

/* Variables that say where a secret is, and those of a shell that only look like one. */
static const char *const pointers[] = {"**_FILE", "**_PATH", "**_DIR"};
static const char *const harmless[] = {"PWD", "OLDPWD", "OLD_PWD", "**PUBLIC_KEY**"};

#define COUNT_OF(list) (sizeof(list) / sizeof(*(list)))

static bool matches_one(const char *const *globs, size_t count, struct span text)
{
	for (size_t i = 0; i < count; i++) {
		if (glob_match_nocase(span_of(globs[i]), text))
			return true;
	}
	return false;
}

static bool is_pointer(struct span name, struct span value)
{
	return span_has(value, '/') && matches_one(pointers, COUNT_OF(pointers), name);
}

bool policy_env_is_secret(struct span variable)
{
	struct span value, name = span_cut(variable, '=', &value);

	if (value.len == 0)
		return false;
	if (matches_one(values, COUNT_OF(values), value))
		return true;
	return matches_one(names, COUNT_OF(names), name) && !is_pointer(name, value) &&
	       !matches_one(harmless, COUNT_OF(harmless), name);
}

#define INSTRUCTION_MOST 4096u /* bytes; one that is longer is looked at as it is written */

/* The variable of "ENV NAME value" and of ENV "NAME"=value, as NAME=value. */
static struct span variable_of(struct span text, struct text *room)
{
	bool old = !span_has(docker_next_word(&(struct span){text.at, text.len}), '=');

	for (size_t i = 0; i < text.len; i++) {
		struct span byte = {text.at + i, 1};

		if (old && room->len > 0 && strchr(" \t", *byte.at)) {
			byte = SPAN("=");
			old = false;
		}
		if (!strchr("\"'\\", *byte.at))
			text_add(room, byte);
	}
	return room->len + 1 < room->size ? text_span(room) : text;
}

/* False, which ends the walk, at a secret. */
static bool is_no_secret(void *context, struct span written, struct span inner)
{
	bool *secret = context;
	char bytes[INSTRUCTION_MOST];
	struct text room = text_in(bytes, sizeof(bytes));
	struct span keyword = docker_next_word(&inner);

	(void)written;
	if (!span_equal_nocase(keyword, SPAN("ENV")))
		return true;
	struct span variable = variable_of(docker_trim(inner), &room), value;

	/* what a variable in a name comes to is not known */
	*secret = span_has(span_cut(variable, '=', &value), '$') || policy_env_is_secret(variable);
	return !*secret;
}

static bool no_matter(void *context, struct span keyword)
{
	(void)context, (void)keyword;
	return false;
}

/* An instruction that can be read in two ways may be anything. */
bool require_instruction_is_secret(struct span text)
{
	bool secret = false;

	return instruction_each(text, no_matter, is_no_secret, &secret) || secret;
}

bool require_no_secret_env(struct judge *judge, const struct subject *subject)
{
	const cJSON *variable;

	(void)judge;
	cJSON_ArrayForEach (variable, json_field(subject->config, "Env")) {
		if (policy_env_is_secret(span_of(json_string(variable))))
			return false;
	}
	cJSON_ArrayForEach (variable, json_field(subject->config, "OnBuild")) {
		if (require_instruction_is_secret(span_of(json_string(variable))))
			return false;
	}
	return true;
}
