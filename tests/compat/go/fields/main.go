// SPDX-License-Identifier: Apache-2.0

// Prints a request for each JSON field that the newest API reads, wherever it stands in a body: method,
// target and a body with nothing but this field, and where the field stands. Built inside moby's module.
package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/moby/moby/api/types/checkpoint"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/plugin"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/volume"
	"github.com/moby/moby/v2/daemon/server/networkbackend"
	"github.com/moby/moby/v2/daemon/server/volumebackend"
)

var bodies = []struct {
	method, target string
	body           any
}{
	{"POST", "/containers/create", container.CreateRequest{}},
	{"POST", "/containers/0123456789ab/update", container.UpdateConfig{}},
	{"POST", "/containers/0123456789ab/exec", container.ExecCreateRequest{}},
	{"POST", "/containers/0123456789ab/checkpoints", checkpoint.CreateRequest{}},
	{"POST", "/exec/0123456789ab/start", container.ExecStartRequest{}},
	{"POST", "/commit?container=0123456789ab", container.Config{}},
	{"POST", "/networks/create", network.CreateRequest{}},
	{"POST", "/networks/n/connect", networkbackend.ConnectRequest{}},
	{"POST", "/networks/n/disconnect", networkbackend.DisconnectRequest{}},
	{"POST", "/volumes/create", volume.CreateRequest{}},
	{"PUT", "/volumes/v?version=1", volumebackend.UpdateOptions{}},
	{"POST", "/plugins/pull?remote=p", plugin.Privileges{}},
	{"POST", "/swarm/init", swarm.InitRequest{}},
	{"POST", "/swarm/join", swarm.JoinRequest{}},
	{"POST", "/swarm/unlock", swarm.UnlockRequest{}},
	{"POST", "/swarm/update?version=1", swarm.Spec{}},
	{"POST", "/nodes/n/update?version=1", swarm.NodeSpec{}},
	{"POST", "/secrets/create", swarm.SecretSpec{}},
	{"POST", "/configs/create", swarm.ConfigSpec{}},
	{"POST", "/services/create", swarm.ServiceSpec{}},
	{"POST", "/services/s/update?version=1", swarm.ServiceSpec{}},
}

const deepest = 12 // types that hold themselves end here

// What stands around a value: a value of the field in, the whole body out.
type place func(any) any

func text(kind reflect.Type) bool {
	marshaler := reflect.TypeFor[encoding.TextMarshaler]()
	return kind.Implements(marshaler) || reflect.PointerTo(kind).Implements(marshaler)
}

// A value of a kind that has no fields, or nil.
func sample(kind reflect.Type) any {
	switch {
	case text(kind), kind.Kind() == reflect.String:
		return "x"
	case kind.Kind() == reflect.Bool:
		return true
	case kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Uint8:
		return "eA=="
	case kind.Kind() == reflect.Interface, kind.Kind() == reflect.Map:
		return map[string]any{}
	case kind.Kind() == reflect.Slice, kind.Kind() == reflect.Array:
		return []any{}
	case kind.Kind() == reflect.Struct:
		return map[string]any{}
	}
	return 1
}

func walk(kind reflect.Type, path string, around place, show func(string, any)) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if text(kind) || strings.Count(path, ".") > deepest {
		return
	}
	switch kind.Kind() {
	case reflect.Slice, reflect.Array:
		walk(kind.Elem(), path+"[]", func(value any) any { return around([]any{value}) }, show)
	case reflect.Map:
		walk(kind.Elem(), path+"{}",
			func(value any) any { return around(map[string]any{"80/tcp": value}) }, show)
	case reflect.Struct:
		walkFields(kind, path, around, show)
	}
}

func walkFields(kind reflect.Type, path string, around place, show func(string, any)) {
	for index := range kind.NumField() {
		field := kind.Field(index)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || (!field.IsExported() && !field.Anonymous) {
			continue
		}
		if field.Anonymous && name == "" {
			walk(field.Type, path, around, show)
			continue
		}
		if name == "" {
			name = field.Name
		}
		inner := func(value any) any { return around(map[string]any{name: value}) }
		bare := field.Type
		for bare.Kind() == reflect.Pointer {
			bare = bare.Elem()
		}
		show(path+"."+name, inner(sample(bare)))
		walk(field.Type, path+"."+name, inner, show)
	}
}

func main() {
	for _, each := range bodies {
		walk(reflect.TypeOf(each.body), "", func(value any) any { return value },
			func(path string, body any) {
				data, err := json.Marshal(body)
				if err != nil {
					panic(err)
				}
				fmt.Println(each.method, "/v1.56"+each.target, path, string(data))
			})
	}
}
