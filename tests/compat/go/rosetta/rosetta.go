// SPDX-License-Identifier: Apache-2.0

// Package rosetta stands in for a module of docker's client that cannot be had everywhere, and that
// tells of macOS only.
package rosetta

func Available() bool { return false }

func Enabled() bool { return false }

func NativeArch() string { return "" }
