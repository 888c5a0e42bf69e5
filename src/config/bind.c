/* SPDX-License-Identifier: Apache-2.0 */
/* BIND_CONFIG: what stands behind `bind` in a configuration of HAProxy, as lines of a listener.
 * What is not understood is an error: a socket at another place than the one named may be open to
 * others. */
#include "config/variables.h"

#define TEXT_EXTRA 64u /* for what the words become */

struct bind {
	struct span host, port, path;
	bool v6only;
};

static int not_understood(struct span word, struct error *err)
{
	return error_set(err,
	    "BIND_CONFIG: \"%.*s\" is not understood; write ADDRESS:PORT, [ADDRESS]:PORT or a "
	    "path, and behind it v4v6 or v6only, or mode, user and group of a path",
	    (int)word.len, word.at);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

static int read_place(struct span word, struct bind *bind, struct error *err)
{
	struct span place =
	    span_starts(word, SPAN("unix@")) ? span_from(word, strlen("unix@")) : word;
	size_t colon = place.len;

	if (span_starts(place, SPAN("/"))) {
		bind->path = place;
		return 0;
	}
	while (colon > 0 && place.at[colon - 1] != ':')
		colon--;
	bind->port = span_from(place, colon);
	if (place.at != word.at || colon == 0 || memchr(place.at, ',', place.len))
		return not_understood(word, err);
	bind->host = (struct span){place.at, colon - 1};
	return 0;
}

/* mode 660, user root, group docker. */
static int write_right(struct span word, struct span *rest, struct buf *out, struct error *err)
{
	static const struct {
		const char *theirs, *ours;
	} rows[] = {{"mode", "mode"}, {"user", "owner"}, {"group", "group"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span value;

		if (!span_equal(word, span_of(rows[i].theirs)))
			continue;
		value = span_next_word(rest);
		if (value.len == 0)
			return not_understood(word, err);
		buf_add_format(out, "%s = %s%.*s\n", rows[i].ours,
		    i == 0 && value.at[0] != '0' ? "0" : "", (int)value.len, value.at);
		return 0;
	}
	return not_understood(word, err);
}

static int read_options(struct bind *bind, struct span rest, struct buf *rights, struct error *err)
{
	struct span word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (bind->path.at) {
			if (write_right(word, &rest, rights, err))
				return -1;
		} else if (span_is(word, "v6only")) {
			bind->v6only = true;
		} else if (!span_is(word, "v4v6")) {
			return not_understood(word, err);
		}
	}
	return 0;
}

/* An IPv6 socket for all addresses takes IPv4 as well, unless it is told not to. */
static void write_host(const struct bind *bind, struct buf *out)
{
	struct span host = bind->host;

	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = (struct span){host.at + 1, host.len - 2};
	if (host.len == 0 || span_is(host, "*"))
		buf_add_text(out, "0.0.0.0");
	else if (span_is(host, "::") && !bind->v6only)
		buf_add_char(out, '*');
	else if (memchr(host.at, ':', host.len))
		buf_add_format(out, "[%.*s]", (int)host.len, host.at);
	else
		buf_add(out, host);
}

int bind_write(const char *text, struct buf *out, struct error *err)
{
	struct span rest = span_of(text), word = span_next_word(&rest);
	struct bind bind = {.v6only = false};
	struct buf rights;
	int result = -1;

	buf_init(&rights, strlen(text) + TEXT_EXTRA);
	if (has_control(text) || word.len == 0)
		(void)not_understood(SPAN(""), err);
	else if (read_place(word, &bind, err) == 0 && read_options(&bind, rest, &rights, err) == 0)
		result = 0;
	if (result == 0 && bind.path.at) {
		buf_add_format(out, "address = unix:%.*s\n", (int)bind.path.len, bind.path.at);
		buf_add(out, buf_span(&rights));
	} else if (result == 0) {
		buf_add_text(out, "address = tcp:");
		write_host(&bind, out);
		buf_add_format(out, ":%.*s\ninsecure = yes\n", (int)bind.port.len, bind.port.at);
	}
	buf_free(&rights);
	return result;
}
