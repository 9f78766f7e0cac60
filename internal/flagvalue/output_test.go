package flagvalue

import "testing"

func TestParseOutput(t *testing.T) {
	types := []OutputType{{Name: "docker", Endings: []string{".tar"}}, {Name: "oci", Endings: []string{".oci.tar"}}, {Name: "dir"}}
	for text, want := range map[string]Output{
		"-":                         {Dest: "-"},
		"/dev/stdout":               {Dest: "-"},
		"/proc/self/./fd/1":         {Dest: "-"},
		"a/x.tar":                   {"docker", "a/x.tar"},
		"x.oci.tar":                 {"oci", "x.oci.tar"},
		"dest=x.tar":                {"docker", "x.tar"},
		"type=dir,dest=x.tar":       {"dir", "x.tar"},
		"type=other,dest=/dev/fd/1": {"other", "-"},
		`type=dir,"dest=a,b"`:       {"dir", "a,b"},
	} {
		if got, err := ParseOutput(text, types); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "x.tar/", "type=dir", "dest=x", "type=dir,to=x", "type=,dest=x"} {
		if got, err := ParseOutput(text, types); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
