// SPDX-License-Identifier: Apache-2.0

// Makes inputs from a seed, asks tests/differ/answers what sockwarden makes of each, and compares that with
// what Go's own libraries, which the Docker daemon uses, make of it. Ends with 1 at the first disagreement.
package main

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"time"
)

type answerer struct {
	in  io.Writer
	out *bufio.Reader
}

func (a *answerer) ask(kind byte, input []byte) (string, error) {
	record := make([]byte, 5, 5+len(input))
	record[0] = kind
	binary.BigEndian.PutUint32(record[1:], uint32(len(input)))
	if _, err := a.in.Write(append(record, input...)); err != nil {
		return "", err
	}
	var size [4]byte
	if _, err := io.ReadFull(a.out, size[:]); err != nil {
		return "", err
	}
	text := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(a.out, text)
	return string(text), err
}

func die(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func start(path string) *answerer {
	command := exec.Command(path)
	command.Stderr = os.Stderr
	in, _ := command.StdinPipe()
	out, _ := command.StdoutPipe()
	if err := command.Start(); err != nil {
		die("cannot start %s: %v", path, err)
	}
	return &answerer{in, bufio.NewReader(out)}
}

// A kind of input: how it is made, and how an answer is compared with Go's reading. The check returns ""
// or the disagreement. At least one input in |least| must be accepted, or the inputs are worth nothing.
type kind struct {
	letter byte
	name   string
	make   func(*rand.Rand) []byte
	check  func(input []byte, answer string) string
	least  int
}

func main() {
	program := flag.String("answers", "tests/differ/answers", "the program to ask")
	seed := flag.Int64("seed", 1, "where the inputs begin")
	count := flag.Int("count", 100000, "inputs of each kind")
	span := flag.Duration("time", 0, "go on for so long, seed after seed")
	flag.Parse()
	asked := start(*program)
	until := time.Now().Add(*span)
	for first := true; first || time.Now().Before(until); first = false {
		for _, kind := range kinds {
			run(asked, kind, *seed, *count)
		}
		*seed++
	}
}

func run(asked *answerer, kind kind, seed int64, count int) {
	random := rand.New(rand.NewSource(seed))
	accepted := 0
	for i := 0; i < count; i++ {
		input := kind.make(random)
		answer, err := asked.ask(kind.letter, input)
		if err != nil {
			die("%s: seed %d, input %d: the program ended: %v\n%q", kind.name, seed, i, err, input)
		}
		if answer == "-" {
			continue
		}
		accepted++
		if why := kind.check(input, answer); why != "" {
			die("%s: seed %d, input %d: %s\n%q", kind.name, seed, i, why, input)
		}
	}
	fmt.Printf("%s: seed %d, %d inputs, %d accepted\n", kind.name, seed, count, accepted)
	if accepted*kind.least < count {
		die("%s: too few were accepted", kind.name)
	}
}

var kinds = []kind{
	{'J', "json", makeJSON, checkJSON, 20},
	{'F', "fields", makeFields, checkFields, 20},
	{'P', "policy", makeBody, checkBody, 50},
	{'H', "heads", makeHead, checkHead, 50},
}
