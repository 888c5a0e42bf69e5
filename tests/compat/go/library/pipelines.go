// SPDX-License-Identifier: Apache-2.0

// Consumers that run the steps of a pipeline.
package main

import (
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

const pipeline = "pipeline-1"

var script = []string{"sh", "-c", "echo 42 >/src/file; cat /src/file"}

// The log of a step to its end, and what came of it.
func follow(docker *client.Client, name string, condition container.WaitCondition) {
	size := read(must(docker.ContainerLogs(ctx, name, client.ContainerLogsOptions{
		Follow: true, ShowStdout: true, ShowStderr: true})), true)
	wait := docker.ContainerWait(ctx, name, client.ContainerWaitOptions{Condition: condition})
	select {
	case <-wait.Result:
	case err := <-wait.Error:
		must(0, err)
	}
	fmt.Println("step:", inspect(docker, name).State.ExitCode, "output:", size > 0)
}

func tidy(docker *client.Client) {
	must(docker.VolumeRemove(ctx, pipeline, client.VolumeRemoveOptions{Force: true}))
	must(docker.NetworkRemove(ctx, pipeline, client.NetworkRemoveOptions{}))
}

// drone-runner-docker 1.8.
func drone(docker *client.Client, image string) {
	must(docker.Ping(ctx, client.PingOptions{}))
	labels := map[string]string{"io.drone": "true"}
	must(docker.VolumeCreate(ctx, client.VolumeCreateOptions{Name: pipeline, Driver: "local", Labels: labels}))
	must(docker.NetworkCreate(ctx, pipeline, client.NetworkCreateOptions{Driver: "bridge", Labels: labels}))
	must(docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: "drone-1",
		Config: &container.Config{Image: image, Labels: labels, WorkingDir: "/src", AttachStdout: true,
			AttachStderr: true, Env: []string{"CI=true"}, Entrypoint: script[:2], Cmd: script[2:]},
		HostConfig: &container.HostConfig{LogConfig: container.LogConfig{Type: "json-file"},
			Binds:  []string{pipeline + ":/src"},
			Mounts: []mount.Mount{{Type: mount.TypeTmpfs, Target: "/scratch", TmpfsOptions: &mount.TmpfsOptions{SizeBytes: 1 << 20, Mode: 0o700}}}},
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			pipeline: {NetworkID: pipeline, Aliases: []string{"build"}}}}}))
	start(docker, "drone-1")
	follow(docker, "drone-1", container.WaitConditionNotRunning)
	_, _ = docker.ContainerKill(ctx, "drone-1", client.ContainerKillOptions{Signal: "9"})
	must(docker.ContainerRemove(ctx, "drone-1", client.ContainerRemoveOptions{Force: true, RemoveVolumes: true}))
	tidy(docker)
}

// Woodpecker 3.
func woodpecker(docker *client.Client, image string) {
	must(docker.Info(ctx, client.InfoOptions{}))
	must(docker.VolumeCreate(ctx, client.VolumeCreateOptions{Name: pipeline, Driver: "local"}))
	ipv6 := false
	must(docker.NetworkCreate(ctx, pipeline, client.NetworkCreateOptions{Driver: "bridge", EnableIPv6: &ipv6}))
	must(docker.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: "wp_1",
		Config: &container.Config{Image: image, WorkingDir: "/src", AttachStdout: true, AttachStderr: true,
			Volumes: map[string]struct{}{"/src": {}}, Env: []string{"CI=woodpecker"}, Entrypoint: script},
		HostConfig: &container.HostConfig{LogConfig: container.LogConfig{Type: "json-file"},
			Binds: []string{pipeline + ":/src"}, Tmpfs: map[string]string{"/scratch": ""}}}))
	connect(docker, "wp_1", pipeline, &network.EndpointSettings{Aliases: []string{"build"}})
	start(docker, "wp_1")
	follow(docker, "wp_1", "")
	seconds := 5
	must(docker.ContainerStop(ctx, "wp_1", client.ContainerStopOptions{Timeout: &seconds}))
	_, _ = docker.ContainerKill(ctx, "wp_1", client.ContainerKillOptions{Signal: "9"})
	must(docker.ContainerRemove(ctx, "wp_1", client.ContainerRemoveOptions{RemoveVolumes: true}))
	tidy(docker)
}
