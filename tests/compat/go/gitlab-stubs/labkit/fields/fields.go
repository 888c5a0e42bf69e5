// SPDX-License-Identifier: Apache-2.0

// Package fields has the names of log fields that GitLab Runner compiles against.
package fields

const (
	HTTPStatusCode = "status_code"
	DurationS      = "duration_s"
)

type Replacement struct{ Standard string }

var (
	Deprecated     = map[string]Replacement{}
	VariantVersion = map[string]int{}
)
