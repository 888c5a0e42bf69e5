// SPDX-License-Identifier: Apache-2.0

// Package ext is where builds of Traefik may add to its configuration. Nothing is added here.
package ext

type HTTP struct{}

type Router struct{}
