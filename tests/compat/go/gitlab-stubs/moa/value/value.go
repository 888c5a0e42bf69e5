// SPDX-License-Identifier: Apache-2.0

// Package value: see package moa.
package value

import (
	"encoding/json"
	"errors"
	"fmt"
)

type Kind int

const (
	NullKind Kind = iota
	StringKind
	NumberKind
	BoolKind
	ArrayKind
	ObjectKind
)

var (
	ErrAttributeNotFound = errors.New("no such attribute")
	ErrInvalidKey        = errors.New("no such key")
)

type Mapper interface{}

type Value struct{ content any }

func Null() Value                { return Value{} }
func String(text string) Value   { return Value{text} }
func Object(mapper Mapper) Value { return Value{mapper} }

func (v Value) Kind() Kind {
	switch v.content.(type) {
	case nil:
		return NullKind
	case string:
		return StringKind
	case float64:
		return NumberKind
	case bool:
		return BoolKind
	case []any:
		return ArrayKind
	}
	return ObjectKind
}

func (v Value) String() string                   { return fmt.Sprint(v.content) }
func (v Value) WithMarks(uint16) Value           { return v }
func (v Value) HasMarks(uint16) bool             { return false }
func (v *Value) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &v.content) }
