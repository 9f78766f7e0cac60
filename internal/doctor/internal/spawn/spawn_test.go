package spawn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMeansOf(t *testing.T) {
	for imports, want := range map[string]Means{
		"":                     {},
		"malloc systemd":       {},
		"malloc execve":        {Direct: true},
		"popen":                {Shell: true, Direct: true, Search: true},
		"execvp":               {Direct: true, Search: true},
		"g_spawn_async":        {Direct: true, Search: true},
		"_ZN8QProcess5startEv": {Direct: true, Search: true},
	} {
		if got := MeansOf(strings.Fields(imports)); got != want {
			t.Errorf("%s: %v", imports, got)
		}
	}
}

// programs are the programs of the source.
var programs = strings.Fields("gzip xz sort as sed file find host id tar write link compare cmake rm mkdir printf col " +
	"/bin/sh /usr/sbin/sendmail /usr/lib/x/helper /bin/rm /bin/false /usr/bin/awk")

func find(t *testing.T, m Means, literals ...string) string {
	t.Helper()
	found, err := Find(m, func(yield func([]byte) bool) error {
		for _, s := range literals {
			if !yield([]byte(s)) {
				break
			}
		}
		return nil
	}, func(name string) bool { return slices.Contains(programs, name) })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range found {
		if s.Optional {
			s.Name += "?"
		}
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

// TestPaths finds the paths of programs among strings.
func TestPaths(t *testing.T) {
	literals := []string{
		"/bin/sh", "/usr/lib/x/helper", "/usr/lib/x/other", "/usr/lib/libx.so.1", "/bin/sh", "/bin/%s", "/", "/proc/self/exe", "/bin/false",
		"sendmail", "in /usr/sbin/sendmail",
	}
	if got := find(t, Means{Direct: true}, literals...); got != "/bin/sh /usr/lib/x/helper" {
		t.Error(got)
	}
	if got := find(t, Means{}, literals...); got != "" {
		t.Error(got)
	}
}

// TestCommandLines tells command lines from messages. The strings are those of programs
// of Debian.
func TestCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"gzip -dc":                              "gzip",
		"gzip -dc %s | tar xf -":                "gzip tar",
		"xz > %s":                               "xz",
		"xz -cd %s 2>&1":                        "xz",
		"sort -u -f":                            "sort",
		"rm -rf \"%s\" ; mkdir -p \"%s\"":       "rm mkdir",
		"/usr/sbin/sendmail -t -i":              "/usr/sbin/sendmail",
		"/bin/rm %s":                            "/bin/rm",
		"/usr/bin/awk '{print \"%d:\", $0}' %s": "",
		"find . -name x -print":                 "",
		"file -z -b -S -L ":                     "file",
		"test -x /usr/sbin/sendmail && /usr/sbin/sendmail -t": "",
		"unknown -x":                                   "",
		"link %s -> \"%s\"":                            "",
		"write -> %ld":                                 "",
		"id < n*(ymax-ymin+1)":                         "",
		"host %.100s ([%.100s]:%s): %.100s":            "",
		"write packet: %s":                             "",
		"compare %s syntax error: %s":                  "",
		"cmake -E tar: warning: ":                      "",
		"as -sf but also show escaped Unicode":         "",
		"file %s does not exist in check-in %s":        "",
		"link %d has no form":                          "",
		"col > 0":                                      "",
		"sort comparison function `%s' is not defined": "",
		"printf format, [arg], ... - formatted output": "",
		"gzip":     "",
		" gzip -d": "",
		"%s -x":    "",
	} {
		if got := find(t, Means{Shell: true, Direct: true}, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if got := find(t, Means{Direct: true}, "gzip -dc"); got != "" {
		t.Errorf("without a shell: %q", got)
	}
}

// TestWords finds the names of programs, whole or at the end of a longer string.
func TestWords(t *testing.T) {
	literals := []string{"hello", "ungzip", "txz", "sort", "file", "host", "message", "id", "test", "tar %s", "--find", "xz"}
	names := map[string]bool{"test": true}
	for _, name := range programs {
		names[name] = true
	}
	words, err := Words(func(yield func([]byte) bool) error {
		for _, s := range literals {
			yield([]byte(s))
		}
		return nil
	}, names)
	want := "[{gzip true 0} {xz false 1} {sort false 3} {file false 3} {host false 3} {id false 1} {find true 0}]"
	if got := fmt.Sprint(words); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// TestLimit finds no more programs than the limit.
func TestLimit(t *testing.T) {
	n := 0
	found, err := Find(Means{Direct: true}, func(yield func([]byte) bool) error {
		for n < 10*maxStarts && yield([]byte(fmt.Sprintf("/bin/x%d", n))) {
			n++
		}
		return nil
	}, func(string) bool { return true })
	if err != nil || len(found) != maxStarts {
		t.Error(len(found), err)
	}
}

// TestLineLimit parses no more command lines than the limit.
func TestLineLimit(t *testing.T) {
	n := 0
	_, err := Find(Means{Shell: true, Direct: true}, func(yield func([]byte) bool) error {
		for n < 10*maxLines && yield([]byte("sort -n "+fmt.Sprint(n))) {
			n++
		}
		return nil
	}, func(string) bool { return true })
	if err != nil || n >= maxLines {
		t.Error(n, err)
	}
}
