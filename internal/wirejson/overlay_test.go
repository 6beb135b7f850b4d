package wirejson_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

type overlay = wirejson.Overlay

type parcel struct {
	Name    string    `wire:"name,always"`
	Weight  float64   `wire:"weight"`
	Fragile bool      `wire:"fragile"`
	Due     time.Time `wire:"due"`
	Labels  []string  `wire:"labels"`
	Remark  string    `wire:"remark,text"`
	Before  string    `wire:"before,none=0"`
	Owner   string    `wire:"owner/id"`
	Parts   []part    `wire:"parts"`
	Box     part      `wire:"box"`

	overlay
}

type part struct {
	ID string `wire:"id"`

	overlay
}

func read(t *testing.T, text string) (*parcel, error) {
	t.Helper()
	o, err := wirejson.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var p parcel
	return &p, wirejson.Decode(o, &p)
}

func TestDecodeTheSameOfTwoCasings(t *testing.T) {
	t.Parallel()
	for range 50 { // A map has no order.
		got, err := read(t, `{"NAME":"a","Name":"b","nAME":"c"}`)
		if err != nil || got.Name != "a" {
			t.Fatalf("got %q, %v", got.Name, err)
		}
	}
}

func TestDecodeAsTheStoreWrites(t *testing.T) {
	t.Parallel()
	got, err := read(t, `{"NAME":7,"weight":"1e2","fragile":"TRUE","due":"2030-01-01T01:00:00+01:00","labels":["a",null,2],"remark":["x"],
		"before":"0","owner":{"ID":12345678901234567890},"parts":[null,{"id":"p"}],"box":null}`)
	if err != nil {
		t.Fatal(err)
	}
	want := parcel{
		Name: "7", Weight: 100, Fragile: true, Due: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Labels: []string{"a", "2"},
		Remark: `["x"]`, Owner: "12345678901234567890", Parts: []part{{ID: "p"}},
	}
	ignore := cmpopts.IgnoreUnexported(parcel{}, part{})
	if diff := cmp.Diff(want, *got, ignore); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if wirejson.Given(&got.Box) || !wirejson.Given(got) || !wirejson.Given(&got.Parts[0]) {
		t.Error("what was given is not known")
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"weight":"0x10"}`:                     "member weight: not a number",
		`{"weight":"Inf"}`:                      "member weight: not a number",
		`{"fragile":2}`:                         "member fragile: not a Boolean",
		`{"name":{}}`:                           "member name: not a string",
		`{"labels":{}}`:                         "member labels: not a JSON array",
		`{"parts":[{"id":[]}]}`:                 "member parts: element 0: member id: not a string",
		`{"box":[]}`:                            "member box: not a JSON object",
		`{"due":"9999-12-31T23:59:59-00:01"}`:   "member due: the date 9999-12-31T23:59:59-00:01 is after the year 9999 in UTC",
		`{"owner":"x"}`:                         "member owner: not a JSON object",
		`{"due":true}`:                          "member due: not a string",
		`{"labels":["a",{"b":1}]}`:              "member labels: element 1: not a string",
		`{"weight":1e999,"name":"too much of"}`: "member weight: not a number",
	} {
		if _, err := read(t, text); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", text, err, want)
		}
	}
}

func TestEncodeOverWhatWasRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		read   string
		change func(*parcel)
		want   string
	}{
		"nothing":         {`{}`, func(*parcel) {}, `{"name":""}`},
		"unknown":         {`{"new":[1.50,1e3],"name":"a"}`, func(*parcel) {}, `{"name":"a","new":[1.50,1e3]}`},
		"as it came":      {`{"Weight":"1e0","due":"soon","before":"0","box":{"x":1},"name":null}`, func(*parcel) {}, `{"Weight":"1e0","before":"0","box":{"x":1},"due":"soon","name":null}`},
		"changed":         {`{"Weight":"1e0","due":"soon","name":null}`, func(p *parcel) { p.Weight, p.Name, p.Due = 2.5, "<", time.Time{}.AddDate(2029, 0, 0) }, `{"Weight":2.5,"due":"2030-01-01T00:00:00.0000000Z","name":"<"}`},
		"taken away":      {`{"labels":["a"],"due":"2030-01-01T00:00:00Z","name":""}`, func(p *parcel) { p.Labels, p.Due = nil, time.Time{} }, `{"due":"1601-01-01T00:00:00.0000000Z","labels":[],"name":""}`},
		"added":           {`{"name":"a","parts":[{"id":"1","y":2}]}`, func(p *parcel) { p.Parts = append(p.Parts, part{ID: "2"}) }, `{"name":"a","parts":[{"id":"1","y":2},{"id":"2"}]}`},
		"two of a name":   {`{"Name":"a","NAME":"b","name":"c"}`, func(p *parcel) { p.Name = "d" }, `{"name":"d"}`},
		"only read":       {`{"name":"a","owner":{"id":"1"}}`, func(*parcel) {}, `{"name":"a","owner":{"id":"1"}}`},
		"shown, not sent": {`{"name":"a","remark":"https://h/i?sig=SECRET"}`, func(*parcel) {}, `{"name":"a","remark":"https://h/i?sig=SECRET"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := read(t, test.read)
			if err != nil {
				t.Fatal(err)
			}
			test.change(p)
			sent, err := wirejson.Encode(p)
			if err != nil {
				t.Fatal(err)
			}
			if string(sent) != test.want { // The members are in alphabetical order.
				t.Errorf("sent %s, want %s", sent, test.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, year := range []int{1, 1601, 10000} {
		p := parcel{Due: time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)}
		if sent, err := wirejson.Encode(&p); err == nil {
			t.Errorf("sent %s", sent)
		}
	}
}
