// SPDX-License-Identifier: Apache-2.0

// Docker's client library with the calls that consumers make of it which cannot be had themselves, read off
// their sources. Built inside Prometheus' module: Promtail's way to find containers is Prometheus'.
// Arguments: CONSUMER SOCKET NAME, of a container or an image.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/moby/moby/client"
)

var (
	ctx       = context.Background()
	consumers = map[string]func(*client.Client, string){
		"diun": diun, "dozzle": dozzle, "netdata": netdata, "trivy": trivy, "promtail": promtail,
		"drone": drone, "woodpecker": woodpecker, "portainer": portainer, "portainer-readonly": snapshot,
		"watchtower": watchtower, "watchtower-newer": watchtowerNewer,
	}
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	return value
}

// Reads a stream to its end, or to its first bytes.
func read(stream io.ReadCloser, all bool) int {
	defer stream.Close()
	if all {
		return int(must(io.Copy(io.Discard, stream)))
	}
	return must(stream.Read(make([]byte, 1<<16)))
}

func main() {
	consumer, socket, name := os.Args[1], os.Args[2], os.Args[3]
	docker := must(client.New(client.WithHost("unix://" + socket)))
	consumers[consumer](docker, name)
	fmt.Println("done")
}
