// SPDX-License-Identifier: Apache-2.0

// docker-gen's client library with the calls that docker-gen makes of it: what there is, a line for each
// change, and a signal to the container named last. Built inside the library's module.
// Arguments: SOCKET CONTAINER.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	docker "github.com/fsouza/go-dockerclient"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	return value
}

func show(client *docker.Client) {
	must(client.Info())
	networks := must(client.ListNetworks())
	names := []string{}
	for _, row := range must(client.ListContainers(docker.ListContainersOptions{})) {
		box := must(client.InspectContainerWithOptions(docker.InspectContainerOptions{ID: row.ID}))
		names = append(names, strings.TrimPrefix(box.Name, "/"))
	}
	sort.Strings(names)
	fmt.Println("containers:", strings.Join(names, " "), "networks:", len(networks) > 0)
}

func main() {
	client := must(docker.NewVersionedClient("unix://"+os.Args[1], ""))
	fmt.Println("version:", must(client.Version()).Get("Version") != "")
	events := make(chan *docker.APIEvents, 100)
	must(0, client.AddEventListener(events))
	must(0, client.Ping())
	show(client)
	for event := range events {
		if event.Type == "container" && (event.Action == "start" || event.Action == "die") {
			show(client)
			must(0, client.KillContainer(docker.KillContainerOptions{
				ID: os.Args[2], Signal: docker.SIGHUP}))
			fmt.Println("notified")
		}
	}
}
