// SPDX-License-Identifier: Apache-2.0

// Consumers that only look.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/moby/moby/client"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/moby"
	"github.com/prometheus/prometheus/discovery/targetgroup"
)

// Diun 4.
func diun(docker *client.Client, _ string) {
	must(docker.ServerVersion(ctx, client.ServerVersionOptions{}))
	filters := make(client.Filters).Add("status", "running", "created", "exited")
	for _, row := range must(docker.ContainerList(ctx, client.ContainerListOptions{Filters: filters})).Items {
		fmt.Println("image:", must(docker.ImageInspect(ctx, row.Image)).RepoTags)
	}
}

// Dozzle, without its buttons.
func dozzle(docker *client.Client, name string) {
	must(docker.Info(ctx, client.InfoOptions{}))
	labels := make(client.Filters).Add("label", "shown=yes")
	for _, row := range must(docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: labels})).Items {
		fmt.Println("container:", row.Names)
	}
	box := must(docker.ContainerInspect(ctx, name, client.ContainerInspectOptions{})).Container
	changes := docker.Events(ctx, client.EventsListOptions{})
	must(docker.Ping(ctx, client.PingOptions{}))
	since := time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
	fmt.Println("follows:", read(must(docker.ContainerLogs(ctx, box.ID, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: true, Tail: "100", Timestamps: true, Since: since})), false) > 0)
	until := time.Now().Add(time.Hour).Format(time.RFC3339Nano)
	fmt.Println("reads:", read(must(docker.ContainerLogs(ctx, box.ID, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Timestamps: true, Since: since, Until: until})), true) > 0)
	fmt.Println("stats:", read(must(docker.ContainerStats(ctx, box.ID, client.ContainerStatsOptions{Stream: true})).Body, false) > 0)
	fmt.Println("awaits")
	select {
	case message := <-changes.Messages:
		fmt.Println("event:", message.Type)
	case err := <-changes.Err:
		must(0, err)
	}
}

// Netdata's go.d collector 2.
func netdata(docker *client.Client, _ string) {
	must(docker.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}))
	fmt.Println("running:", must(docker.Info(ctx, client.InfoOptions{})).Info.ContainersRunning > 0)
	fmt.Println("images:", len(must(docker.ImageList(ctx, client.ImageListOptions{})).Items) > 0)
	for _, health := range []string{"healthy", "unhealthy", "starting", "none"} {
		list := must(docker.ContainerList(ctx, client.ContainerListOptions{
			All: true, Size: true, Filters: make(client.Filters).Add("health", health)}))
		fmt.Println(health, len(list.Items))
	}
}

// Trivy.
func trivy(docker *client.Client, image string) {
	must(docker.ImageInspect(ctx, image))
	must(docker.ImageHistory(ctx, image))
	fmt.Println("bytes:", read(must(docker.ImageSave(ctx, []string{image})), true) > 0)
}

// Portainer's snapshot of an environment.
func snapshot(docker *client.Client, _ string) {
	must(docker.Ping(ctx, client.PingOptions{}))
	must(docker.Info(ctx, client.InfoOptions{}))
	must(docker.ServerVersion(ctx, client.ServerVersionOptions{}))
	for _, row := range must(docker.ContainerList(ctx, client.ContainerListOptions{All: true})).Items {
		must(docker.ContainerInspect(ctx, row.ID, client.ContainerInspectOptions{}))
	}
	must(docker.ImageList(ctx, client.ImageListOptions{}))
	must(docker.VolumeList(ctx, client.VolumeListOptions{}))
	must(docker.NetworkList(ctx, client.NetworkListOptions{}))
}

// Promtail 3: Prometheus' discovery, then the logs of what it found.
func promtail(docker *client.Client, _ string) {
	config := moby.DefaultDockerSDConfig
	config.Host = docker.DaemonHost()
	config.RefreshInterval = model.Duration(time.Second)
	registry := prometheus.NewRegistry()
	refresh := discovery.NewRefreshMetrics(registry)
	must(0, refresh.Register())
	finder := must(config.NewDiscoverer(discovery.DiscovererOptions{
		Logger: slog.Default(), SetName: "docker",
		Metrics: config.NewDiscovererMetrics(registry, refresh)}))
	found := make(chan []*targetgroup.Group)
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	go finder.Run(stop, found)
	for _, target := range (<-found)[0].Targets {
		id := string(target["__meta_docker_container_id"])
		box := must(docker.ContainerInspect(ctx, id, client.ContainerInspectOptions{})).Container
		fmt.Println("logs of", box.Name, read(must(docker.ContainerLogs(ctx, id, client.ContainerLogsOptions{
			ShowStdout: true, ShowStderr: true, Follow: true, Timestamps: true, Since: "0"})), false) > 0)
	}
}
