package flagtable

import (
	"reflect"
	"testing"

	"github.com/spf13/pflag"
)

func TestFlags(t *testing.T) {
	var got struct {
		list, words []string
		text, optA  string
		number      int
		on          bool
	}
	group := Group{Flags: []Flag{
		Option("list,l", "X", "", List(&got.list)),
		Option("words", "X", "", Words(&got.words)),
		Option("text", "X", "", Required("text", &got.text)),
		Option("opt", "X", "", Text(&got.optA)).Optionally("default"),
		Option("number", "N", "", Number(&got.number)),
		Toggle("on", "", &got.on),
	}}
	parse := func(args ...string) error {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		group.AddTo(set)
		return set.Parse(args)
	}
	if err := parse("-l", "a,b", "--list=c", "--words", "a,b", "--text=t", "--opt", "--number", "0x10", "--on"); err != nil {
		t.Fatal(err)
	}
	want := got
	want.list, want.words, want.text, want.optA = []string{"a,b", "c"}, []string{"a", "b"}, "t", "default"
	want.number, want.on = 16, true
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for _, args := range [][]string{{"--text="}, {"--number", "x"}, {"--number", "4294967296"}, {"--on=maybe"}} {
		if err := parse(args...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
