// SPDX-License-Identifier: Apache-2.0

// Package schema has the names of step-runner that GitLab Runner compiles against. Steps, the keyword
// "run" of a job, are not run here.
package schema

type StepInputs map[string]any

type Step struct {
	Name   *string    `json:"name,omitempty"`
	Step   any        `json:"step,omitempty"`
	Inputs StepInputs `json:"inputs,omitempty"`
	Run    []Step     `json:"run,omitempty"`
}
