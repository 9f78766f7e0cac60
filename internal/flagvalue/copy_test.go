package flagvalue

import (
	"errors"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

func TestParseCopy(t *testing.T) {
	for text, want := range map[string]Copy{
		"a":                                {Src: "a"},
		"/a":                               {Src: "/a"},
		"/man/Foo::Bar.3pm":                {Src: "/man/Foo::Bar.3pm"},
		"a:/b":                             {Src: "a", Dst: "/b"},
		"a:b:/c/":                          {Src: "a:b", Dst: "/c/"},
		"a:/b:0644":                        {Src: "a", Dst: "/b", Chmod: "0644"},
		"a:/b:4755:www-data:adm":           {Src: "a", Dst: "/b", Chmod: "4755", Chown: "www-data:adm"},
		"a:/b::7":                          {Src: "a", Dst: "/b", Chown: "7"},
		"a:/b:":                            {Src: "a", Dst: "/b"},
		"x:/a:/b":                          {Src: "x:/a", Dst: "/b"},
		"src=a:/b,dst=/c:d":                {Src: "a:/b", Dst: "/c:d"},
		`"src=a,b",chown=7`:                {Src: `"src=a,b",chown=7`}, // does not begin with src=
		`src=a,"dst=/b,c",chmod=1,chown=2`: {Src: "a", Dst: "/b,c", Chmod: "1", Chown: "2"},
	} {
		if got, err := ParseCopy(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":/a", "a:/b:rw", "a:/b:9", "a:/b:c:d", "src=", "src=a,b", "dst=/a", "src=a,mode=1", `src=a,"`} {
		if got, err := ParseCopy(text); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestCheckCopy(t *testing.T) {
	for _, c := range []Copy{{Src: "/a"}, {Src: "a", Dst: "/a"}} {
		if err := c.Check(false); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	var wrong *usererr.UsageError
	for _, c := range []Copy{{}, {Dst: "/a"}, {Src: "/a", Dst: "a"}, {Src: "a"}} {
		if err := c.Check(false); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
