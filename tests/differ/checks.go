// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// ---- JSON, token by token, in the form of answers.c

func dumpNumber(number json.Number) string {
	if integer, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return "i" + strconv.FormatInt(integer, 10)
	}
	if integer, err := strconv.ParseUint(string(number), 10, 64); err == nil {
		return "i" + strconv.FormatUint(integer, 10)
	}
	// Below the least int64 Go has no integer; answers.c knows those of 64 bits and a sign.
	if rest := strings.TrimPrefix(string(number), "-"); rest != string(number) {
		if integer, err := strconv.ParseUint(rest, 10, 64); err == nil {
			return "i-" + strconv.FormatUint(integer, 10)
		}
	}
	return "x"
}

func dump(decoder *json.Decoder, out *strings.Builder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case nil:
		out.WriteByte('n')
	case bool:
		out.WriteByte(map[bool]byte{true: 't', false: 'f'}[token])
	case string:
		out.WriteString("s" + hex.EncodeToString([]byte(token)))
	case json.Number:
		out.WriteString(dumpNumber(token))
	case json.Delim:
		out.WriteByte(byte(token))
		for decoder.More() {
			if token == '{' {
				name, err := decoder.Token()
				if err != nil {
					return err
				}
				out.WriteString(hex.EncodeToString([]byte(name.(string))) + ":")
			}
			if err := dump(decoder, out); err != nil {
				return err
			}
			out.WriteByte(' ')
		}
		end, err := decoder.Token()
		if err != nil {
			return err
		}
		out.WriteByte(byte(end.(json.Delim)))
	}
	return nil
}

func dumpText(text []byte) (string, error) {
	var out strings.Builder
	if !json.Valid(text) {
		return "", fmt.Errorf("Go refuses it")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := dump(decoder, &out)
	return out.String(), err
}

func checkJSON(input []byte, answer string) string {
	theirs, err := dumpText(input)
	if err != nil {
		return "accepted, and Go says: " + err.Error()
	}
	if theirs != answer {
		return "read as " + answer + ", and Go reads " + theirs
	}
	return ""
}

// ---- members that become fields

func checkFields(input []byte, answer string) string {
	var fields struct {
		Privileged, Binds, PidMode, DiskQuota json.RawMessage
		Server                                json.RawMessage `json:"serveraddress"`
		HostIP                                json.RawMessage `json:"HostIp"`
		OomKillDisable, KernelMemory          json.RawMessage
	}
	if err := json.Unmarshal(input, &fields); err != nil {
		return "accepted, and Go says: " + err.Error()
	}
	all := []json.RawMessage{fields.Privileged, fields.Binds, fields.PidMode, fields.DiskQuota, fields.Server,
		fields.HostIP, fields.OomKillDisable, fields.KernelMemory}
	for i, line := range strings.Split(strings.TrimSuffix(answer, "\n"), "\n") {
		count, ours, _ := strings.Cut(line, " ")
		theirs := ""
		if all[i] != nil && count == "1" {
			theirs, _ = dumpText(all[i])
		}
		if (all[i] != nil) != (count != "0") || theirs != ours {
			return fmt.Sprintf("field %d: %s members, %q; Go has %q", i, count, ours, all[i])
		}
	}
	return ""
}

// ---- bodies of container.create, as the daemon decodes them

type words []string // a list, or a bare text

func (w *words) UnmarshalJSON(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		var bare string
		if err := json.Unmarshal(text, &bare); err != nil {
			return err
		}
		list = append(list, bare)
	}
	*w = list
	return nil
}

type host struct {
	Binds                                                            []string
	NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode, CgroupnsMode string
	Privileged, AutoRemove                                           bool
	CapAdd                                                           words
	SecurityOpt, VolumesFrom, GroupAdd                               []string
	OomScoreAdj                                                      int
	Tmpfs                                                            map[string]string
	Runtime, CgroupParent                                            string
	Memory                                                           int64
	DeviceCgroupRules                                                []string
	Devices                                                          []struct{ PathOnHost string }
	Mounts                                                           []struct{ Type, Source, Target string }
}

func underCI(place string) bool {
	return path.Clean(place) == place && (place == "/srv/ci" || strings.HasPrefix(place, "/srv/ci/"))
}

func forbidden(config *host) string {
	switch {
	case config.Privileged:
		return "Privileged"
	case len(config.CapAdd) > 0:
		return "CapAdd"
	case config.PidMode != "" || config.UTSMode != "" || config.UsernsMode != "":
		return "a mode"
	case config.IpcMode != "" && config.IpcMode != "private" && config.IpcMode != "none":
		return "IpcMode"
	case config.CgroupnsMode != "" && config.CgroupnsMode != "private":
		return "CgroupnsMode"
	case strings.HasPrefix(config.NetworkMode, "container:") || config.NetworkMode == "host":
		return "NetworkMode"
	case len(config.VolumesFrom)+len(config.GroupAdd)+len(config.Devices)+len(config.DeviceCgroupRules)+len(config.Tmpfs) > 0:
		return "VolumesFrom, GroupAdd, Devices, DeviceCgroupRules or Tmpfs"
	case config.Runtime != "" && config.Runtime != "runc" || config.CgroupParent != "":
		return "Runtime or CgroupParent"
	case config.OomScoreAdj < 0:
		return "OomScoreAdj"
	}
	for _, option := range config.SecurityOpt {
		if option != "no-new-privileges" {
			return "SecurityOpt"
		}
	}
	for _, bind := range config.Binds {
		source, _, _ := strings.Cut(bind, ":")
		if !underCI(source) {
			return "Binds"
		}
	}
	for _, mount := range config.Mounts {
		if mount.Type != "bind" || !underCI(mount.Source) {
			return "Mounts"
		}
	}
	return ""
}

func checkBody(input []byte, answer string) string {
	var body struct {
		Image      string
		HostConfig *host
	}
	var before host // daemons before 27.0 take these where there is no HostConfig
	if err := json.Unmarshal(input, &body); err != nil {
		return "" // the daemon refuses it as well
	}
	if body.Image != "bb:1" {
		return "permitted, and the image is " + body.Image
	}
	if body.HostConfig != nil {
		if what := forbidden(body.HostConfig); what != "" {
			return "permitted, and Go finds " + what
		}
	} else if json.Unmarshal(input, &before) == nil {
		if what := forbidden(&before); what != "" {
			return "permitted, and a daemon before 27.0 finds at the top " + what
		}
	}
	return ""
}

// ---- heads

func framing(request *http.Request) string {
	if len(request.TransferEncoding) > 0 {
		return request.TransferEncoding[0] + " 0"
	}
	return fmt.Sprintf("length %d", request.ContentLength)
}

func parse(head []byte) (*http.Request, int, error) {
	reader := bufio.NewReaderSize(bytes.NewReader(head), len(head)+16)
	request, err := http.ReadRequest(reader)
	rest, _ := io.ReadAll(reader)
	return request, len(head) - len(rest), err
}

func queryOf(text string) (string, error) {
	var out strings.Builder
	for _, pair := range strings.Split(strings.TrimSuffix(text, "&"), "&") {
		name, value, _ := strings.Cut(pair, "=")
		first, err := hex.DecodeString(name)
		if err != nil {
			return "", err
		}
		second, err := hex.DecodeString(value)
		if err != nil {
			return "", err
		}
		if text != "" {
			out.WriteString(url.QueryEscape(string(first)) + "=" + url.QueryEscape(string(second)) + "&")
		}
	}
	values, err := url.ParseQuery(strings.TrimSuffix(out.String(), "&"))
	return values.Encode(), err
}

// What answers.c says of a head, against one reading of Go's.
func compare(request *http.Request, parts []string) string {
	query, err := queryOf(parts[2])
	if err != nil {
		return "query: " + err.Error()
	}
	theirs, err := url.ParseQuery(request.URL.RawQuery)
	theirPath := request.URL.Path
	if theirPath == "" { // http://docker: the same as with a slash
		theirPath = "/"
	}
	content, _ := hex.DecodeString(parts[4])
	switch {
	case request.Method != parts[0]:
		return "method " + request.Method
	case theirPath != parts[1] && !(theirPath == "/networks/" && parts[1] == "/networks"):
		return "path " + request.URL.Path
	case err != nil || theirs.Encode() != query:
		return "query " + theirs.Encode() + " is not " + query
	case framing(request) != parts[3]:
		return "framing " + framing(request)
	case request.Header.Get("Content-Type") != string(content):
		return "content type " + request.Header.Get("Content-Type")
	}
	return ""
}

func checkHead(input []byte, answer string) string {
	parts := strings.SplitN(answer, "\n", 7)
	if len(parts) != 7 {
		return "strange answer " + answer
	}
	written := []byte(parts[6])
	request, used, err := parse(written)
	if err != nil {
		return fmt.Sprintf("Go refuses what is sent on: %v\n%q", err, written)
	}
	if used != len(written) {
		return fmt.Sprintf("Go reads %d bytes of what is sent on\n%q", used, written)
	}
	if why := compare(request, parts); why != "" {
		return fmt.Sprintf("of what is sent on, Go reads another %s\n%q", why, written)
	}
	// What came in may be refused by Go, but may not be another request.
	if request, used, err = parse(input); err != nil {
		return ""
	}
	if strconv.Itoa(used) != parts[5] {
		return fmt.Sprintf("Go's head has %d bytes, ours %s", used, parts[5])
	}
	if why := compare(request, parts); why != "" {
		return "of what came in, Go reads another " + why
	}
	return ""
}
