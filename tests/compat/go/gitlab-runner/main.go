// SPDX-License-Identifier: Apache-2.0

// GitLab Runner's docker executor with one job: a script, a service, a cache volume. Built inside the
// runner's module, so that no GitLab is needed to hand out the job.
// Arguments: SOCKET IMAGE HELPER SERVICE VARIABLE=VALUE...
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"gitlab.com/gitlab-org/gitlab-runner/cache/cacheconfig"
	"gitlab.com/gitlab-org/gitlab-runner/common"
	"gitlab.com/gitlab-org/gitlab-runner/common/spec"
	"gitlab.com/gitlab-org/gitlab-runner/executors/docker"
	helper "gitlab.com/gitlab-org/gitlab-runner/helpers/docker"
	_ "gitlab.com/gitlab-org/gitlab-runner/shells"
)

func job(service string, settings []string) spec.Job {
	variables := spec.Variables{{Key: "GIT_STRATEGY", Value: "none"}}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		variables = append(variables, spec.Variable{Key: key, Value: value})
	}
	return spec.Job{
		Variables:  variables,
		GitInfo:    common.GetGitInfo("http://gitlab.example.org/shop/web.git"),
		Services:   spec.Services{{Name: service, Alias: "db", Command: []string{"sleep", "1000"}}},
		RunnerInfo: spec.RunnerInfo{Timeout: common.DefaultTimeout},
		Steps: spec.Steps{
			{Name: spec.StepNameScript, When: spec.StepWhenAlways, Script: []string{
				`echo "said $((20 + 22))"`, `ping -c 1 -w 20 db >/dev/null && echo "service answers"`,
				`echo kept >/cache/file`}},
			{Name: spec.StepNameAfterScript, When: spec.StepWhenAlways, Script: []string{
				`echo "cache is $(cat /cache/file)"`}},
		},
	}
}

func main() {
	socket, image, helperImage := os.Args[1], os.Args[2], os.Args[3]
	build := &common.Build{
		Job: job(os.Args[4], os.Args[5:]),
		Runner: &common.RunnerConfig{
			RunnerCredentials: common.RunnerCredentials{URL: "http://gitlab.example.org", Token: "t1"},
			RunnerSettings: common.RunnerSettings{
				Executor: "docker", Shell: "sh", BuildsDir: "/builds", CacheDir: "/cache",
				Cache: &cacheconfig.Config{},
				Docker: &common.DockerConfig{
					Credentials: helper.Credentials{Host: "unix://" + socket},
					Image:       image, HelperImage: helperImage, Volumes: []string{"/cache"},
					PullPolicy: common.StringOrArray{common.PullPolicyIfNotPresent},
				},
			},
		},
		ExecutorProvider: docker.NewProvider(),
	}
	if err := build.Run(context.Background(), &common.Config{}, &common.Trace{Writer: os.Stdout}); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
