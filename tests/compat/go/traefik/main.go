// SPDX-License-Identifier: Apache-2.0

// Traefik's docker provider without the rest of Traefik: prints a line for each configuration that it
// makes of the containers, with the routers in it. Built inside Traefik's module. Argument: the socket.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/provider/docker"
	"github.com/traefik/traefik/v3/pkg/safe"
)

func main() {
	var provider docker.Provider
	provider.SetDefaults()
	provider.Endpoint = "unix://" + os.Args[1]
	if err := provider.Init(); err != nil {
		panic(err)
	}
	messages := make(chan dynamic.Message)
	if err := provider.Provide(messages, safe.NewPool(context.Background())); err != nil {
		panic(err)
	}
	for message := range messages {
		routers := []string{}
		for name, router := range message.Configuration.HTTP.Routers {
			routers = append(routers, name+"="+router.Rule)
		}
		sort.Strings(routers)
		fmt.Println("configuration:", strings.Join(routers, " "))
	}
}
