package pack

import "testing"

// FuzzSyntax parses any value of --copy, --mkdir and --output.
func FuzzSyntax(f *testing.F) {
	for _, text := range []string{
		"a:/b", "src=a,dst=/b,chown=1:2,chmod=4755", `"src=a,b",dst=/c`, "/d:1777:me:us", "type=oci,dest=x", "x.oci.tar", "-",
		"/dev/stdout", "dest=x.tar.gz",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec := Spec{Programs: []string{"p"}}
		if c, err := ParseCopy(text); err == nil {
			spec.Files.Copy = []Copy{c}
			r, err := parse(spec, Complete)
			if err == nil && (r.copies[0].Src == "" || c.Dst != "" && c.Dst[0] != '/') {
				t.Errorf("--copy %q: %+v", text, c)
			}
		}
		spec.Files = Files{Mkdir: []Dir{ParseDir(text)}}
		if r, err := parse(spec, Complete); err == nil && r.dirs[0].Path[0] != '/' {
			t.Errorf("--mkdir %q: %+v", text, r.dirs)
		}
		for _, tagged := range []bool{false, true} {
			out, err := ParseOutput(text, tagged)
			if err != nil {
				continue
			}
			if o, err := (Outputs{Files: []Output{out}}).Complete(); err == nil && o.Files[0].Dest == "" {
				t.Errorf("-o %q: %+v", text, out)
			}
		}
	})
}
