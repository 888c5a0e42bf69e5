// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"strings"
)

func one(random *rand.Rand, of []string) string { return of[random.Intn(len(of))] }

// Changes a few bytes: of a text that both readers take, most often one that one of them refuses.
func damage(random *rand.Rand, text string, words []string) []byte {
	bytes := []byte(text)
	for n := random.Intn(3); n > 0 && len(bytes) > 0; n-- {
		at := random.Intn(len(bytes))
		switch random.Intn(5) {
		case 0:
			bytes[at] = byte(random.Intn(256))
		case 1:
			bytes = append(bytes[:at], bytes[at+1:]...)
		case 2:
			end := at + random.Intn(len(bytes)-at)
			bytes = append(bytes[:end:end], bytes[at:]...)
		default:
			word := one(random, words)
			bytes = append(bytes[:at:at], append([]byte(word), bytes[at:]...)...)
		}
	}
	return bytes
}

var jsonWords = []string{"\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "false", "0", "-", "1e9", ".5",
	"\\u0000", "\\ud800", "\\udc00", "\\u00e9", "\\/", "\\b", "\x00", "\x1f", "\x7f", "\xff", "\xc0\x80", "\xed\xa0\x80",
	"\xef\xbb\xbf", "\u2028", "\u017f", "\u212a", " ", "\t", "\n", "\r", "\v", "\u00a0", "/**/", "//", "'", "NaN",
	"9007199254740993", "-0", "1E400", "18446744073709551616"}

var texts = []string{"", "a", "/srv/ci:/w", "/:/h", "\u00e9", "\U0001f600", "\\", "\"", "\n", "\x7f", "host", "ALL", "k\u017f",
	"\u2028", "a\tb", "0", "null"}

var numbers = []string{"0", "-0", "1", "-1", "10", "1.0", "1e0", "1E2", "-1e-7", "0.5", "9007199254740991",
	"9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808",
	"9223372036854775808", "18446744073709551615", "18446744073709551616", "123456789012345678901234567890",
	"1e308", "1e309", "01", "+1", "1.", ".5", "1e", "0x1"}

func space(random *rand.Rand) string {
	if random.Intn(8) > 0 {
		return ""
	}
	return one(random, []string{" ", "\n", "\t", "\r", "  "})
}

// A string in one of its spellings.
func quote(random *rand.Rand, text string) string {
	var out strings.Builder
	odd := random.Intn(4) == 0
	out.WriteByte('"')
	for _, char := range text {
		switch {
		case odd && random.Intn(4) == 0 && char < 0x10000:
			fmt.Fprintf(&out, one(random, []string{"\\u%04x", "\\u%04X"}), char)
		case char == '"' || char == '\\':
			out.WriteString("\\" + string(char))
		case char == '\n':
			out.WriteString("\\n")
		case char < ' ':
			fmt.Fprintf(&out, "\\u%04x", char)
		case char >= 0x10000 && random.Intn(2) == 0:
			rest := char - 0x10000
			fmt.Fprintf(&out, "\\u%04x\\u%04x", 0xd800+(rest>>10), 0xdc00+(rest&0x3ff))
		default:
			out.WriteRune(char)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func value(random *rand.Rand, depth int) string {
	switch random.Intn(7) {
	case 0:
		return one(random, []string{"null", "true", "false"})
	case 1:
		return one(random, numbers)
	case 2:
		if depth > 0 {
			return list(random, depth)
		}
	case 3:
		if depth > 0 {
			return object(random, depth, names)
		}
	}
	return quote(random, one(random, texts))
}

func list(random *rand.Rand, depth int) string {
	var parts []string
	for n := random.Intn(4); n > 0; n-- {
		parts = append(parts, space(random)+value(random, depth-1)+space(random))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

var names = []string{"a", "b", "Privileged", "Binds", "", "\u00e9", "x\ty", "HostConfig"}

func object(random *rand.Rand, depth int, names []string) string {
	var parts []string
	for n := random.Intn(5); n > 0; n-- {
		parts = append(parts, space(random)+quote(random, spell(random, one(random, names)))+space(random)+
			":"+space(random)+value(random, depth-1))
	}
	return "{" + strings.Join(parts, ",") + space(random) + "}"
}

// Another spelling of a name: most of them mean the same to Go.
func spell(random *rand.Rand, name string) string {
	switch random.Intn(24) {
	case 0:
		return strings.ToLower(name)
	case 1:
		return strings.ToUpper(name)
	case 2:
		return strings.Replace(name, "s", "\u017f", 1)
	case 3:
		return strings.Replace(strings.Replace(name, "K", "\u212a", 1), "k", "\u212a", 1)
	case 4:
		return name + one(random, []string{" ", "\x7f", "\u0301", "s", "\u0130"})
	}
	return name
}

func makeJSON(random *rand.Rand) []byte {
	text := space(random) + value(random, 4) + space(random)
	if random.Intn(3) == 0 {
		return damage(random, text, jsonWords)
	}
	return []byte(text)
}

var fieldNames = []string{"Privileged", "Binds", "PidMode", "DiskQuota", "serveraddress", "HostIp", "OomKillDisable",
	"KernelMemory"}

func makeFields(random *rand.Rand) []byte {
	text := object(random, 2, fieldNames)
	if random.Intn(6) == 0 {
		return damage(random, text, jsonWords)
	}
	return []byte(text)
}

// Members of a create: of a kind that is permitted under the policy of answers.c, and of one that is not.
var hostMembers = map[string][2][]string{
	"Privileged":        {{"false", "null"}, {"true", "1", "\"true\""}},
	"Binds":             {{"[\"/srv/ci:/w\"]", "[]", "null"}, {"[\"/:/h\"]", "[\"/srv/ci/..:/h\"]", "[\"/srv/ci:/w\",\"/etc:/e\"]"}},
	"PidMode":           {{"\"\"", "null"}, {"\"host\"", "\"container:x\"", "\"HOST\""}},
	"IpcMode":           {{"\"private\"", "\"\""}, {"\"host\"", "\"container:x\""}},
	"UTSMode":           {{"\"\""}, {"\"host\""}},
	"UsernsMode":        {{"\"\""}, {"\"host\""}},
	"CgroupnsMode":      {{"\"private\""}, {"\"host\""}},
	"NetworkMode":       {{"\"none\"", "\"bridge\"", "\"default\""}, {"\"host\"", "\"container:x\""}},
	"CapAdd":            {{"[]", "null"}, {"[\"SYS_ADMIN\"]", "\"ALL\"", "[\"all\"]"}},
	"SecurityOpt":       {{"[]", "[\"no-new-privileges\"]"}, {"[\"seccomp=unconfined\"]", "[\"apparmor=unconfined\"]"}},
	"Devices":           {{"[]"}, {"[{\"PathOnHost\":\"/dev/sda\",\"PathInContainer\":\"/d\"}]"}},
	"VolumesFrom":       {{"[]"}, {"[\"x\"]"}},
	"CgroupParent":      {{"\"\""}, {"\"/x\""}},
	"Runtime":           {{"\"runc\"", "\"\""}, {"\"other\""}},
	"Mounts":            {{"[]", "[{\"Type\":\"bind\",\"Source\":\"/srv/ci\",\"Target\":\"/w\"}]"}, {"[{\"Type\":\"bind\",\"Source\":\"/etc\",\"Target\":\"/e\"}]"}},
	"Memory":            {{"0", "67108864"}, {"\"x\""}},
	"AutoRemove":        {{"true", "false"}, {"1"}},
	"OomScoreAdj":       {{"0", "500"}, {"-1000"}},
	"Tmpfs":             {{"{}", "null"}, {"{\"/t\":\"exec\"}"}},
	"GroupAdd":          {{"[]"}, {"[\"0\"]"}},
	"DeviceCgroupRules": {{"[]"}, {"[\"a *:* rwm\"]"}},
}

var hostNames = func() []string {
	var found []string
	for name := range hostMembers {
		found = append(found, name)
	}
	// Maps have no order, and a seed must have one.
	for i := range found {
		for j := i + 1; j < len(found); j++ {
			if found[j] < found[i] {
				found[i], found[j] = found[j], found[i]
			}
		}
	}
	return found
}()

func hostMember(random *rand.Rand) string {
	name := one(random, hostNames)
	values := hostMembers[name][0]
	if random.Intn(4) == 0 {
		values = hostMembers[name][1]
	}
	return quote(random, spell(random, name)) + ":" + one(random, values)
}

func hostConfig(random *rand.Rand) string {
	var parts []string
	for n := random.Intn(4); n > 0; n-- {
		parts = append(parts, hostMember(random))
	}
	return quote(random, spell(random, "HostConfig")) + ":" +
		one(random, []string{"{" + strings.Join(parts, ",") + "}", "{" + strings.Join(parts, ",") + "}", "null", "{}"})
}

func makeBody(random *rand.Rand) []byte {
	parts := []string{quote(random, "Image") + ":" + one(random, []string{"\"bb:1\"", "\"bb:1\"", "\"bb:1\"", "\"evil\""})}
	for n := random.Intn(4); n > 0; n-- {
		parts = append(parts, one(random, []string{
			hostConfig(random), hostConfig(random), hostMember(random), "\"Cmd\":[\"true\"]", "\"Tty\":false", "\"Env\":null",
			"\"x\":null", "\"Labels\":{\"a\":\"b\"}", quote(random, spell(random, "Image")) + ":\"evil\"",
			"\"Volumes\":{\"/v\":{}}"}))
	}
	random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	text := "{" + strings.Join(parts, ","+space(random)) + "}"
	if random.Intn(5) == 0 {
		return damage(random, text, jsonWords)
	}
	return []byte(text)
}

var headWords = []string{"\r\n", "\n", "\r", " ", "\t", ":", "\x00", "\x0b", "\xa0", "%2f", "%2F", "%00", "%25", "%", "?", "#", "&", "=",
	";", "//", "/../", "/./", "+", "chunked", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: x\r\n",
	"HTTP/1.0", "\r\n ", ",", "\"", "@", "\u212a"}

var targets = []string{"/_ping", "/v1.41/containers/json", "/containers/json?all=1", "/v1.41/containers/create?name=a%20b",
	"/images/a%2Fb/json", "/v1.41/images/x/y:1/push?tag=1", "/build?t=a&t=b", "/a?b=%26&c=d+e", "/images/create?fromImage=x&tag=",
	"http://docker/_ping", "/x?a", "/x?a=&b", "/v1.41/exec/1/start", "/x?&a=1&&b=2", "/x%41", "/x?a=%41", "/v1.41", "/x?a=b=c",
	"/x?%61=1", "/x?a=1;b=2", "/networks/", "*", "/x?a=\u00e9", "/x?q={\"a\":[\"b\"]}"}

var headers = []string{"Host: docker", "Host: docker", "Host: docker:2375", "Host:", "User-Agent: x", "Content-Type: application/json",
	"Content-Type: text/plain", "Content-Type: application/json; charset=utf-8", "Connection: close", "Connection: keep-alive, X",
	"Connection: Upgrade", "Upgrade: tcp", "X: y", "X-Registry-Auth: e30=", "Accept:", "Accept:  a  ", "Accept:\ta\t", "Expect: 100-continue",
	"Accept-Encoding: gzip", "TE: trailers", "Trailer: X", "Cookie: a=b", "Content-Encoding: gzip", "X_Y: 1", "X: \xe9", "Te: x", "Keep-Alive: 1"}

var framings = []string{"", "", "Content-Length: 0", "Content-Length: 5", "Content-Length: 05", "Content-Length: +5", "Content-Length: 5, 5",
	"Content-Length:5 ", "Transfer-Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: identity",
	"Transfer-Encoding: gzip, chunked", "transfer-encoding:chunked ", "Content-Length: 18446744073709551616", "Content-Length: -1",
	"Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Content-Length: 0x5", "Content-Length: 1 2", "Transfer-Encoding:\tchunked"}

func makeHead(random *rand.Rand) []byte {
	lines := []string{one(random, []string{"GET", "POST", "POST", "DELETE", "PUT", "HEAD", "get", "OPTIONS"}) + " " + one(random, targets) + " " +
		one(random, []string{"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2"})}
	rest := []string{headers[random.Intn(2)]}
	for n := random.Intn(4); n > 0; n-- {
		rest = append(rest, one(random, headers))
	}
	if framing := one(random, framings); framing != "" {
		rest = append(rest, framing)
	}
	random.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	text := strings.Join(append(lines, rest...), "\r\n") + "\r\n\r\n"
	if random.Intn(3) == 0 {
		return damage(random, text, headWords)
	}
	return []byte(text)
}
