// SPDX-License-Identifier: Apache-2.0

// Consumers that make containers anew from what they were.
package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

func inspect(docker *client.Client, name string) container.InspectResponse {
	return must(docker.ContainerInspect(ctx, name, client.ContainerInspectOptions{})).Container
}

func create(docker *client.Client, old container.InspectResponse, name string,
	networks map[string]*network.EndpointSettings) string {
	return must(docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: old.Config, HostConfig: old.HostConfig, Name: name,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: networks}})).ID
}

func connect(docker *client.Client, id, name string, endpoint *network.EndpointSettings) {
	must(docker.NetworkConnect(ctx, name, client.NetworkConnectOptions{Container: id, EndpointConfig: endpoint}))
}

func disconnect(docker *client.Client, id, name string) {
	must(docker.NetworkDisconnect(ctx, name, client.NetworkDisconnectOptions{Container: id, Force: true}))
}

func remove(docker *client.Client, id string) {
	must(docker.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true}))
}

func start(docker *client.Client, id string) {
	must(docker.ContainerStart(ctx, id, client.ContainerStartOptions{}))
}

// What is behind the registry's name decides; that it may be asked is enough.
func pull(docker *client.Client, image string) {
	stream, err := docker.ImagePull(ctx, image, client.ImagePullOptions{})
	if err == nil {
		_, _ = io.Copy(io.Discard, stream)
		_ = stream.Close()
	}
	if err != nil && strings.Contains(err.Error(), "sockwarden:") {
		must(0, err)
	}
}

func first(networks map[string]*network.EndpointSettings) map[string]*network.EndpointSettings {
	for name, endpoint := range networks {
		return map[string]*network.EndpointSettings{name: endpoint}
	}
	return nil
}

// Watchtower 1.7.
func watchtower(docker *client.Client, name string) {
	running := make(client.Filters).Add("status", "running")
	must(docker.ContainerList(ctx, client.ContainerListOptions{Filters: running}))
	old := inspect(docker, name)
	before := must(docker.ImageInspect(ctx, old.Image))
	pull(docker, old.Config.Image)
	must(docker.ImageInspect(ctx, old.Config.Image))
	must(docker.ContainerKill(ctx, old.ID, client.ContainerKillOptions{Signal: "SIGTERM"}))
	remove(docker, old.ID)
	networks := old.NetworkSettings.Networks
	one := first(networks)
	id := create(docker, old, name, one)
	for network := range one {
		disconnect(docker, id, network)
	}
	for network, endpoint := range networks {
		connect(docker, id, network, endpoint)
	}
	start(docker, id)
	_, err := docker.ImageRemove(ctx, before.ID, client.ImageRemoveOptions{Force: true})
	if err != nil && strings.Contains(err.Error(), "sockwarden:") {
		must(0, err)
	}
}

// The branch of it that nicholas-fedor keeps: stops, and renames the successor.
func watchtowerNewer(docker *client.Client, name string) {
	must(docker.ServerVersion(ctx, client.ServerVersionOptions{}))
	must(docker.Info(ctx, client.InfoOptions{}))
	old := inspect(docker, name)
	must(docker.ImageInspect(ctx, old.Image))
	pull(docker, old.Config.Image)
	seconds := 0
	must(docker.ContainerStop(ctx, old.ID, client.ContainerStopOptions{Signal: "SIGTERM", Timeout: &seconds}))
	remove(docker, old.ID)
	networks := old.NetworkSettings.Networks
	one := first(networks)
	id := create(docker, old, "", one)
	must(docker.ContainerRename(ctx, id, client.ContainerRenameOptions{NewName: name}))
	for network, endpoint := range networks {
		if one[network] == nil {
			connect(docker, id, network, endpoint)
		}
	}
	start(docker, id)
}

// Portainer 2: recreating a container.
func portainer(docker *client.Client, name string) {
	snapshot(docker, name)
	old := must(docker.ContainerInspect(ctx, name, client.ContainerInspectOptions{Size: true})).Container
	pull(docker, old.Config.Image)
	must(docker.ContainerStop(ctx, old.ID, client.ContainerStopOptions{}))
	must(docker.ContainerRename(ctx, old.ID, client.ContainerRenameOptions{NewName: name + "-old"}))
	networks := old.NetworkSettings.Networks
	for _, endpoint := range networks {
		disconnect(docker, old.ID, endpoint.NetworkID)
	}
	one := first(networks)
	id := create(docker, old, name, one)
	for network, endpoint := range networks {
		if one[network] == nil {
			connect(docker, id, endpoint.NetworkID, endpoint)
		}
	}
	start(docker, id)
	must(docker.ContainerRemove(ctx, old.ID, client.ContainerRemoveOptions{}))
	fmt.Println("again:", inspect(docker, id).State.Running)
}
