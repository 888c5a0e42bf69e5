// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/sourcepolicy"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"google.golang.org/protobuf/proto"
)

const digest = "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// Lines of a policy; sources that it permits, and sources that it denies. Behind a blank: an attribute.
var policies = []struct{ lines, permits, denies string }{
	{"image = docker.io/library/* registry.example.org/ci/** one.example.org:5000/a/b:1.*",
		`docker-image://docker.io/library/busybox:latest
docker-image://docker.io/library/busybox:1.36` + digest + `
docker-image://registry.example.org/ci/a:1
docker-image://registry.example.org/ci/a/b/c:1` + digest + `
docker-image://one.example.org:5000/a/b:1.2
docker-image://one.example.org:5000/a/b:1.2` + digest + `
local://context
oci-layout://x@sha256:00
http://buildkit-session/abc123`,
		`docker-image://docker.io/evil/x:1
docker-image://docker.io/library/a/b:1
docker-image://docker.io/library/busybox:latest image.recordtype=frontend
docker-image://Docker.io/library/busybox:latest
docker-image://docker.io/library/../evil/x:1
docker-image://docker.io/library/%2e%2e/evil/x:1
docker-image://docker.io/library/a/../../evil/x:1?q
docker-image://docker.io/library/x?y
docker-image://docker.io/library/x#y
docker-image://docker.io/library/x\y
docker-image://docker.io/library//x
docker-image://docker.io//library/x
docker-image://evil@docker.io/library/x
docker-image://docker.io@evil/library/x
docker-image://docker.io.evil.example.org/library/x:1
docker-image://xdocker.io/library/x:1
docker-image://registry.example.org/cix/a:1
docker-image://registry.example.org/ci
docker-image://registryxexample.org/ci/a:1
docker-image://one.example.org:5000/a/b:2
docker-image://one.example.org:5000/a/b:2` + digest + `
docker-image://one.example.org:5000/a/b` + digest + `
docker-image://one.example.org:5000/a/bc:1.2
docker-image+blob://docker.io/library/busybox@sha256:00
oci-layout+blob://x@sha256:00
https://example.org/
http://buildkit-session/../x
http://buildkit-session/abc?x
http://buildkit-session@evil/abc
git://example.org/x
xlocal://x
DOCKER-IMAGE://docker.io/library/busybox:latest
docker-image:docker.io/library/busybox
newscheme://x`},
	{"image = *", `docker-image://docker.io/evil/x:1
docker-image://127.0.0.1:5000/x:1` + digest, `https://example.org/
docker-image://docker.io/evil/x:1 image.recordtype=frontend
git://example.org/x.git
docker-image+blob://x/y@sha256:00`},
	{"image = busybox@sha256:*", `docker-image://docker.io/library/busybox` + digest + `
docker-image://docker.io/library/busybox:1` + digest, `docker-image://docker.io/library/busybox:1
docker-image://docker.io/library/busybox:latest`},
	{"image = *\nregistry = registry.example.org *.mirror.example.org",
		`docker-image://registry.example.org/x:1
docker-image://a.mirror.example.org/x/y:1`,
		`docker-image://docker.io/library/x:1
docker-image://registry.example.org.evil/x:1
docker-image://registry.example.org:444/x:1
docker-image://mirror.example.org/x:1`},
	{"image = docker.io/library/* registry.example.org/ci/*\nregistry = registry.example.org",
		`docker-image://registry.example.org/ci/x:1`,
		`docker-image://docker.io/library/x:1
docker-image://registry.example.org/other/x:1`},
	{"image = **:1\nregistry = registry.example.org 127.0.0.1:5000",
		`docker-image://registry.example.org/x/y:1
docker-image://127.0.0.1:5000/x:1` + digest,
		`docker-image://registry.example.org/x:2
docker-image://127.0.0.1:5000/x
docker-image://docker.io/library/x:1`},
	{"image = *\nregistry = * !evil.example.org", `docker-image://docker.io/library/x:1`,
		`docker-image://evil.example.org/x:1
docker-image://EVIL.example.org/x:1
docker-image://evil.example.org:443/x:1
docker-image://evil.example.org:0443/x:1
docker-image://evil.example.org./x:1`},
	{"build_remote = https://example.org/** git://git.example.org/a/*.git", `https://example.org/a/b.tar
git://git.example.org/a/b.git
git://example.org/a/b.git`, `https://example.org.evil/a
https://example.org@evil/a
https://evil/example.org/a
http://example.org/a
https://example.org/../x
https://example.org/%2e%2e/x
https://example.org\@evil/x
git://git.example.org/a/b/c.git
git://git.example.org/a/b.git git.bundle=docker-image://evil/x
docker-image://docker.io/library/x:1`},
	{"build_remote = *", `https://example.org/a
http://127.0.0.1:8080/x
git://example.org/x.git#main:dir`, `git://example.org/x git.bundle=x
ftp://example.org/x`},
	{"build_remote = http://** !http://169.254.169.254/**", `http://example.org/a`,
		`http://169.254.169.254/a
http://169.254.169.254:80/a
http://169.254.169.254:080/a
http://169.254.169.254:/a
http://169.254.169.254
http://2852039166:080/a
http://u@169.254.169.254/a
http://169.254.169.254./a
http://[::ffff:169.254.169.254]/a
http://[0:0:0:0:0:FFFF:a9fe:a9fe]:80/a
http://2852039166/a
http://0xa9fea9fe/a
http://169.254.43518/a
http://u@0251.254.169.254:80/a
http://169.254.0xa9.254`},
	{"build_remote = ** !git://127.0.0.1/**", `git://127.0.0.2/x
git://10.0.0.10/x
git://1.example.org/x
git://[fd00::1]/x`,
		`git://127.1/x
git://127.0.0.1:9418/x
git://127.0.0.1:09418/x
git://git@127.0.0.1:22/x
git://0x7f.1/x.git
git://2130706433/x
git://[::ffff:7f00:1]/x
git://git@127.1:9418/x`},
	{"build_remote = ** !https://10.0.0.1 !git.example.org", `https://10.0.0.11/a
https://10.0.0.1.example.org/a
https://git.example.org.uk/a`,
		`https://10.0.0.1
https://10.0.0.1/a
https://u@10.0.0.1:8443/a
git://10.0.0.1/a
http://git.example.org/a
https://GIT.example.org:443/a
git://git.example.org/a`},
	{"build_remote = https://** http://** !http*://internal/**", `https://example.org/a`,
		`http://internal/a
https://internal:443/a
git://internal/a`},
	{"image = *\nregistry = * !docker.io", `docker-image://quay.io/x/y:1`,
		`docker-image://docker.io/library/x:1
docker-image://registry-1.docker.io/library/x:1
docker-image://index.docker.io/library/x:1`},
	{"build_remote = https://** !https://evil.example.org/**", `https://example.org/a`,
		`https://evil.example.org/a
https://EVIL.example.org/a
git://evil.example.org/a`},
	{"image = docker.io/library/*\nfrontend = docker/dockerfile:1 docker.io/docker/*:2",
		`docker-image://docker.io/docker/dockerfile:1 image.recordtype=frontend
docker-image://docker.io/docker/dockerfile:1` + digest + ` image.recordtype=frontend
docker-image://docker.io/docker/dockerfile:1
docker-image://docker.io/docker/x:2 image.recordtype=frontend`,
		`docker-image://docker.io/library/x:1 image.recordtype=frontend
docker-image://docker.io/docker/dockerfile:3 image.recordtype=frontend
docker-image://docker.io/docker/dockerfile:3`},
	{"image = docker.io/library/*\nfrontend = *", `docker-image://docker.io/library/x:1 image.recordtype=frontend
docker-image://docker.io/any/x:1 image.recordtype=frontend
docker-image://docker.io/any/x:1`, `https://example.org/x`},
	{"mode = enforce", `local://context`, `docker-image://docker.io/library/x:1
x
docker-image://docker.io/library/x:1` + "\x0b"},
}

func verdict(policy *spb.Policy, source string) error {
	identifier, attr, more := strings.Cut(source, " ")
	attrs := map[string]string{}
	if more {
		key, value, _ := strings.Cut(attr, "=")
		attrs[key] = value
	}
	_, err := sourcepolicy.NewEngine([]*spb.Policy{policy}).Evaluate(context.Background(),
		&pb.SourceOp{Identifier: identifier, Attrs: attrs})
	return err
}

func sources(asked *answerer) {
	count := 0
	for _, row := range policies {
		policy := &spb.Policy{}
		if err := proto.Unmarshal(asked.ask('S', []byte(row.lines)), policy); err != nil {
			die("sources: %q: %v", row.lines, err)
		}
		for _, source := range strings.Split(row.permits, "\n") {
			count++
			if err := verdict(policy, source); err != nil {
				die("sources: %q does not permit %q: %v\n%v", row.lines, source, err, policy)
			}
		}
		for _, source := range strings.Split(row.denies, "\n") {
			count++
			if err := verdict(policy, source); err == nil {
				die("sources: %q permits %q\n%v", row.lines, source, policy)
			}
		}
	}
	if err := verdict(&spb.Policy{}, "x://"); err != nil {
		die("sources: an empty policy denies: %v", err)
	}
	fmt.Printf("sources: %d identifiers of %d policies\n", count, len(policies))
}
