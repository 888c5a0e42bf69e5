// SPDX-License-Identifier: Apache-2.0

// Package api: see package schema.
package api

func DefaultSocketPath() string { return "" }
