// SPDX-License-Identifier: Apache-2.0

// testcontainers for Go, one line of transcript each. Built inside its module. Arguments: SOCKET POLICY.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

const patience = 30 * time.Second

func step(name string, result any, err error) {
	fmt.Printf("%s: %v %v\n", name, result, err)
}

func text(reader io.Reader) string {
	if reader == nil {
		return ""
	}
	data, _ := io.ReadAll(reader)
	return strings.ReplaceAll(string(data), "\n", "\\n")
}

func plain(ctx context.Context) {
	box, err := testcontainers.Run(ctx, "bb:1",
		testcontainers.WithCmd("sh", "-c", "echo ready; exec sleep 1000"),
		testcontainers.WithEnv(map[string]string{"A": "b"}),
		testcontainers.WithExposedPorts("80/tcp"),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForLog("ready")))
	step("run", box != nil, err)
	if err != nil {
		return
	}
	code, out, err := box.Exec(ctx, []string{"sh", "-c", "echo $A; exit 3"}, exec.Multiplexed())
	step("exec", fmt.Sprint(code, " ", text(out)), err)
	logs, err := box.Logs(ctx)
	step("logs", text(logs), err)
	port, err := box.MappedPort(ctx, "80/tcp")
	step("port", port.Num() > 0, err)
	state, err := box.State(ctx)
	step("state", err == nil && state.Running, err)
	err = box.CopyToContainer(ctx, []byte("inside"), "/tmp/copied", 0o644)
	step("copy in", nil, err)
	back, err := box.CopyFileFromContainer(ctx, "/tmp/copied")
	step("copy out", text(back), err)
	none := time.Duration(0)
	step("stop", nil, box.Stop(ctx, &none))
	step("terminate", nil, box.Terminate(ctx))
}

func networked(ctx context.Context) {
	inner, err := network.New(ctx)
	step("network", inner != nil, err)
	if err != nil {
		return
	}
	first, err := testcontainers.Run(ctx, "bb:1", testcontainers.WithCmd("sleep", "1000"),
		network.WithNetwork([]string{"first"}, inner))
	step("first", first != nil, err)
	second, err := testcontainers.Run(ctx, "bb:1", testcontainers.WithCmd("sleep", "1000"),
		network.WithNetwork([]string{"second"}, inner))
	step("second", second != nil, err)
	if err == nil {
		code, _, err := second.Exec(ctx, []string{"ping", "-c", "1", "first"})
		step("ping", code, err)
	}
	for _, box := range []testcontainers.Container{second, first} {
		step("end", nil, testcontainers.TerminateContainer(box, testcontainers.StopTimeout(0)))
	}
	step("network removed", nil, inner.Remove(ctx))
}

func main() {
	os.Setenv("DOCKER_HOST", "unix://"+os.Args[1])
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	ctx := context.Background()
	plain(ctx)
	networked(ctx)
}
