// SPDX-License-Identifier: Apache-2.0

// Makes messages of BuildKit from a seed, mutates them, asks tests/differ/answers what sockwarden reads, and
// compares that with what the decoders of the daemon read: protobuf-go, and vtprotobuf. What sockwarden
// refuses is no difference; what it accepts must mean the same to all three. Then holds identifiers of
// sources against the source policies that sockwarden writes, in buildkit's own engine (sources.go).
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"time"

	control "github.com/moby/buildkit/api/services/control"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type answerer struct {
	in  io.Writer
	out *bufio.Reader
}

func (a *answerer) ask(kind byte, input []byte) []byte {
	record := make([]byte, 5, 5+len(input))
	record[0] = kind
	binary.BigEndian.PutUint32(record[1:], uint32(len(input)))
	if _, err := a.in.Write(append(record, input...)); err != nil {
		die("cannot ask: %v", err)
	}
	var size [4]byte
	if _, err := io.ReadFull(a.out, size[:]); err != nil {
		die("the program ended: %v\n%q", err, input)
	}
	text := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(a.out, text); err != nil {
		die("the program ended: %v", err)
	}
	return text
}

func die(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

var words = []string{"", "a", "dockerfile.v0", "gateway.v0", "moby", "name", "push", "registry", "ref",
	"\u00e9", "\U0001f600", "x\"y\\z\n", "network.host", "label:a", "\xff", "a\x00b"}

func word(r *rand.Rand) string { return words[r.Intn(len(words)-2*r.Intn(2))] }

func pairs(r *rand.Rand) map[string]string {
	m := map[string]string{}
	for n := r.Intn(4); n > 0; n-- {
		m[word(r)] = word(r)
	}
	return m
}

func entries(r *rand.Rand) (out []*control.CacheOptionsEntry) {
	for n := r.Intn(3); n > 0; n-- {
		out = append(out, &control.CacheOptionsEntry{Type: word(r), Attrs: pairs(r)})
	}
	return out
}

func makeSolve(r *rand.Rand) proto.Message {
	m := &control.SolveRequest{Ref: word(r), Session: word(r), Frontend: word(r), FrontendAttrs: pairs(r),
		ExporterDeprecated: word(r), ExporterAttrsDeprecated: pairs(r), Internal: r.Intn(2) == 0,
		SourcePolicySession: word(r), CompatibilityVersion: r.Int63() - r.Int63(),
		ProxyNetwork: r.Intn(2) == 0}
	if r.Intn(2) == 0 {
		m.Cache = &control.CacheOptions{Exports: entries(r), Imports: entries(r)}
	}
	for n := r.Intn(3); n > 0; n-- {
		m.Entitlements = append(m.Entitlements, word(r))
		m.Exporters = append(m.Exporters, &control.Exporter{Type: word(r), Attrs: pairs(r)})
	}
	if r.Intn(4) == 0 {
		m.Definition = &pb.Definition{Def: [][]byte{[]byte(word(r))}}
		m.SourcePolicy = &spb.Policy{Version: 1}
	}
	return m
}

func makeBridge(r *rand.Rand) proto.Message {
	m := &gateway.SolveRequest{Frontend: word(r), FrontendOpt: pairs(r), AllowResultReturn: r.Intn(2) == 0,
		Final: r.Intn(2) == 0, Evaluate: r.Intn(2) == 0, ExporterAttr: []byte(word(r))}
	for n := r.Intn(3); n > 0; n-- {
		m.CacheImports = append(m.CacheImports, &gateway.CacheOptionsEntry{Type: word(r), Attrs: pairs(r)})
	}
	return m
}

// Changes some bytes, drops some, repeats some, and puts others behind.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for n := r.Intn(4); n > 0 && len(b) > 0; n-- {
		i := r.Intn(len(b))
		switch r.Intn(5) {
		case 0:
			b[i] = byte(r.Intn(256))
		case 1:
			b[i] ^= 1 << r.Intn(8)
		case 2:
			b = append(b[:i], b[i+1:]...)
		case 3:
			j := i + r.Intn(len(b)-i)
			b = append(b, b[i:j]...)
		case 4:
			b = append(b[:i:i], append([]byte{byte(r.Intn(256))}, b[i:]...)...)
		}
	}
	return b
}

// The message as sockwarden writes it: by reflection, with what is not looked into by its size.
func plain(m protoreflect.Message) map[string]any {
	out := map[string]any{}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(f.Name())
		switch {
		case f.IsMap():
			if f.MapValue().Kind() != protoreflect.StringKind {
				return true
			}
			inner := map[string]any{}
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				inner[k.String()] = v.String()
				return true
			})
			out[name] = inner
		case f.IsList():
			list := []any{}
			for i := 0; i < v.List().Len(); i++ {
				if f.Kind() != protoreflect.MessageKind {
					list = append(list, v.List().Get(i).String())
				} else if opaque[name] {
					return true
				} else {
					list = append(list, plain(v.List().Get(i).Message()))
				}
			}
			out[name] = list
		case f.Kind() == protoreflect.MessageKind:
			if !opaque[name] {
				out[name] = plain(v.Message())
			}
		case f.Kind() == protoreflect.BytesKind:
		case f.Kind() == protoreflect.StringKind:
			out[name] = v.String()
		case f.Kind() == protoreflect.BoolKind:
			out[name] = v.Bool()
		default:
			out[name] = json.Number(fmt.Sprint(v.Interface()))
		}
		return true
	})
	return out
}

// Fields whose bytes sockwarden does not look into.
var opaque = map[string]bool{"Definition": true, "FrontendInputs": true, "SourcePolicy": true,
	"SourcePolicies": true, "ExporterAttr": true}

// Without what is empty, which proto3 does not tell from what is missing.
func trim(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if opaque[k] {
				delete(v, k)
				continue
			}
			switch t := trim(inner).(type) {
			case string:
				if t == "" {
					delete(v, k)
				}
			case bool:
				if !t {
					delete(v, k)
				}
			case json.Number:
				if t == "0" {
					delete(v, k)
				}
			case []any:
				if len(t) == 0 {
					delete(v, k)
				}
			case map[string]any:
				if len(t) == 0 {
					delete(v, k)
				}
			}
		}
	case []any:
		for _, inner := range v {
			trim(inner)
		}
	}
	return value
}

func unknown(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if strings.HasPrefix(key, "field ") || unknown(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, unknown)
	}
	return false
}

type vt interface{ UnmarshalVT([]byte) error }

func check(kind byte, input, answer []byte) string {
	var got map[string]any
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	if err := decoder.Decode(&got); err != nil {
		return "no JSON: " + err.Error()
	}
	if unknown(got) {
		return "" // refused, or permitted by unknown_fields
	}
	trim(got)
	for _, way := range []string{"protobuf-go", "vtprotobuf"} {
		var m proto.Message = &control.SolveRequest{}
		if kind == 'b' {
			m = &gateway.SolveRequest{}
		}
		var err error
		if way == "protobuf-go" {
			err = proto.Unmarshal(input, m)
		} else {
			err = m.(vt).UnmarshalVT(input)
		}
		if err != nil {
			continue // the daemon refuses
		}
		want := trim(plain(m.ProtoReflect()))
		if !reflect.DeepEqual(want, any(got)) {
			return fmt.Sprintf("%s reads %v, sockwarden %s", way, want, answer)
		}
		if len(m.ProtoReflect().GetUnknown()) > 0 {
			return way + " keeps unknown fields that sockwarden knows"
		}
	}
	return ""
}

func main() {
	program := flag.String("answers", "tests/differ/answers", "the program to ask")
	seed := flag.Int64("seed", 1, "where the inputs begin")
	count := flag.Int("count", 100000, "inputs of each kind")
	span := flag.Duration("time", 0, "go on for so long, seed after seed")
	flag.Parse()
	command := exec.Command(*program)
	command.Stderr = os.Stderr
	in, _ := command.StdinPipe()
	out, _ := command.StdoutPipe()
	if err := command.Start(); err != nil {
		die("cannot start %s: %v", *program, err)
	}
	asked := &answerer{in, bufio.NewReader(out)}
	sources(asked)
	until := time.Now().Add(*span)
	for first := true; first || time.Now().Before(until); first = false {
		messages(asked, *seed, *count)
		*seed++
	}
}

func messages(asked *answerer, seed int64, count int) {
	r := rand.New(rand.NewSource(seed))
	accepted := 0
	for i := 0; i < count; i++ {
		kind, made := byte('c'), makeSolve(r)
		if r.Intn(2) == 0 {
			kind, made = 'b', makeBridge(r)
		}
		input, err := proto.Marshal(made)
		if err != nil {
			continue // a word that is no UTF-8
		}
		input = mutate(r, input)
		answer := asked.ask('M', append([]byte{kind}, input...))
		if string(answer) == "-" {
			continue
		}
		accepted++
		if why := check(kind, input, answer); why != "" {
			die("messages: seed %d, input %d: %s\n%q", seed, i, why, input)
		}
	}
	fmt.Printf("messages: seed %d, %d inputs, %d accepted\n", seed, count, accepted)
	if accepted*20 < count {
		die("messages: too few were accepted")
	}
}
