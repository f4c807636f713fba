package main

import (
	"encoding/json"
	"testing"
)

func TestReadObject(t *testing.T) {
	for _, c := range []struct {
		name, line, text, fields string
		says                     string // the error, if there must be one
	}{
		{"a text alone", `{"text":"a b"}`, "a b", `"text":"a b",`, ""},
		{"other fields stay", `{"id": 1e400 , "text" : "x", "deep":{"a":[1,{"b":"}"}]},"n":null}`, "x", `"id":1e400,"text":"x","deep":{"a":[1,{"b":"}"}]},"n":null,`, ""},
		{"escapes", `{"te\u0078t":"a\"b\\"}`, `a"b\`, `"te\u0078t":"a\"b\\",`, ""},
		{"our fields leave", `{"ok":1,"text":"x","action":{"a":1},"spam":"y","abuse":[]}`, "x", `"text":"x",`, ""},
		{"an empty text", `{"text":""}`, "", `"text":"",`, ""},
		{"the last text counts", `{"text":"a","text":"b"}`, "b", `"text":"a","text":"b",`, ""},
		{"no text", `{"a":1}`, "", "", `no "text"`},
		{"nothing", `{}`, "", "", `no "text"`},
		{"a number for a text", `{"text":1}`, "", "", `"text" is not a string`},
		{"an array", `[1]`, "", "", "not a JSON object"},
		{"half an object", `{"text":"a"`, "", "", "malformed JSON: unexpected end of JSON input"},
		{"something behind", `{"text":"a"} x`, "", "", "malformed JSON: invalid character 'x' after top-level value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := readObject(nil, []byte(c.line))
			if c.says != "" {
				if err == nil || err.Error() != c.says {
					t.Fatalf("error %v, want %q", err, c.says)
				}
				return
			}
			if err != nil || o.text != c.text || string(o.fields) != c.fields {
				t.Errorf("text %q, fields %s, error %v; want %q, %s", o.text, o.fields, err, c.text, c.fields)
			}
		})
	}
}

// FuzzReadObject compares with encoding/json.
func FuzzReadObject(f *testing.F) {
	for _, s := range []string{`{"text":"a"}`, `{"a":[{}],"text":"\u0041\\"}`, ` { "text" : "a" , "b" : {"c":"}"} } `, `{"text":1}`, `[]`, `{`, `1`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		o, err := readObject(nil, line)
		var want map[string]any
		jsonErr := json.Unmarshal(line, &want)
		if err != nil {
			return
		}
		if jsonErr != nil {
			t.Fatalf("%q was read, but is: %v", line, jsonErr)
		}
		var got map[string]any
		if err := json.Unmarshal(append(append([]byte{'{'}, o.fields...), `"ok":0}`...), &got); err != nil {
			t.Fatalf("%q became fields %q: %v", line, o.fields, err)
		}
		for _, name := range []string{"ok", "spam", "abuse", "action"} {
			delete(want, name)
			delete(got, name)
		}
		if len(got) != len(want) {
			t.Fatalf("%q became %q", line, o.fields)
		}
	})
}

func TestReadObjectKnowsWhoIsAnswered(t *testing.T) {
	for line, want := range map[string]string{
		`{"text":"a","parent_author":"Sarah"}`: "Sarah",
		`{"parent_author":null,"text":"a"}`:    "",
		`{"text":"a"}`:                         "",
	} {
		if o, err := readObject(nil, []byte(line)); err != nil || o.parent != want {
			t.Errorf("%s: %q, error %v; want %q", line, o.parent, err, want)
		}
	}
}
