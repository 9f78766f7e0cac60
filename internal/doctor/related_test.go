package doctor

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/elftest"
)

// packaged returns a system with the program /usr/bin/prog of package prog, and with
// programs of other packages.
func packaged(imports, literals string) fstest.MapFS {
	file := importing(strings.Fields(imports)...)
	file.Payload = []byte("\x00" + strings.ReplaceAll(literals, " ", "\x00") + "\x00")
	m := machine(file, nil)
	var status strings.Builder
	add := func(name, fields string, programs ...string) {
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\n%s\n", name, fields)
		for i, p := range programs {
			programs[i] = "/usr/bin/" + p
			if m["usr/bin/"+p] == nil {
				m["usr/bin/"+p] = &fstest.MapFile{Data: elftest.File{Static: true}.Bytes(), Mode: 0o755}
			}
		}
		list := strings.Join(programs, "\n") + "\n"
		m["var/lib/dpkg/info/"+name+".list"] = &fstest.MapFile{Data: []byte(list)}
	}
	add("prog", "Depends: layout-base\nSuggests: xz-utils, bzip2, ssh-client | none\n", "prog", "prog-deb", "probe", "quux", "part")
	add("xz-utils", "", "xz", "xzless")
	add("openssh-client", "Provides: ssh-client\n", "ssh", "ssh-add", "sftp")
	add("layout-base", "", "layout", "pic", "tbl", "eqn")
	add("coreutils", "", "cat", "sort", "md5")
	add("bzip2", "", "bzip2", "bunzip2")
	add("gzip", "", "gzip", "gunzip")
	add("grep", "", "grep", "egrep")
	m["var/lib/dpkg/status"] = &fstest.MapFile{Data: []byte(status.String())}
	return m
}

// TestRelatedWords tells programs that a program starts from other strings that are names
// of programs.
func TestRelatedWords(t *testing.T) {
	for _, tc := range []struct{ name, imports, literals, want string }{
		{"no search in PATH", "execv", "ssh xz", ""},
		{"suggested", "execvp", "ssh sftp", "ssh"},
		{"a name that is no word", "execvp", "ssh-add sftp x", "ssh-add"},
		{"the end of a longer string", "posix_spawnp", "--txz nossh", "xz and ssh"},
		{"a package that is not related", "execvp", "sort md5 cat", ""},
		{"a list of a package's programs", "execvp", "layout x pic y tbl", "layout, pic and tbl"},
		{"not the main program", "execvp", "eqn pic tbl", ""},
		{"too few", "execvp", "layout x pic", "layout"},
		{"like a related program", "execvp", "lbzip2 gunzip ungzip grep egrep", "bzip2 and gzip"},
		{"like a program that is not named", "execvp", "gunzip ungzip", ""},
		{"its own package", "execvp", "prog-deb x quux", "prog-deb"},
		{"a list of its own package", "execvp", "probe quux part", "probe, quux and part"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := packaged(tc.imports, tc.literals)
			found, err := New(src).Examine(t.Context(), helperInput(t, src, "/usr/bin/prog"))
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if tc.want != "" {
				want = "likely: prog starts " + tc.want + ": " + addHelpers
			}
			if got := adviceText(found); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// TestRelatedWordsOfLargePackages expects no programs of the own package if that is a
// collection of tools.
func TestRelatedWordsOfLargePackages(t *testing.T) {
	src := packaged("execvp", "probe quux part")
	list := src["var/lib/dpkg/info/prog.list"]
	for i := range maxTools {
		list.Data = append(list.Data, fmt.Sprintf("/usr/bin/tool%d\n", i)...)
	}
	found, err := New(src).Examine(t.Context(), helperInput(t, src, "/usr/bin/prog"))
	if err != nil || adviceText(found) != "" {
		t.Error(adviceText(found), err)
	}
}
