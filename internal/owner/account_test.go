package owner

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mkrootfs/mkrootfs/internal/testfs"
)

var accountSource = fstest.MapFS{
	"etc/passwd": {Data: []byte("Debian-exim:x:127:128::/:/bin/false\nbad:x:4294967295:0::/:\nredis:x:101:103::/:/bin/false\n")},
	"etc/group":  {Data: []byte("Debian-exim:x:128:\npostdrop:x:130:\nbroken:x:y:\n")},
}

func TestAccounts(t *testing.T) {
	for text, want := range map[string]string{
		"Debian-exim":         "Debian-exim 127 128",
		"Debian-exim:7":       "Debian-exim 7 128",
		"Debian-exim:7:8":     "Debian-exim 7 8",
		"_app:5000":           "_app 5000 5000",
		"postdrop:5000":       "postdrop 5000 130",
		"app.1:5000:0":        "app.1 5000 0",
		"app":                 "error: --account app: no such account in /etc/passwd",
		"bad":                 "error: --account bad: etc/passwd or etc/group: the number 4294967295 is not from 0 to 4294967294",
		"broken:1":            `error: etc/group: "y" is not a number from 0 to 4294967294`,
		"app:":                `error: "app:": "" is not a number from 0 to 4294967294`,
		"app:1:":              `error: "app:1:": "" is not a number from 0 to 4294967294`,
		"app:x":               `error: "app:x": "x" is not a number from 0 to 4294967294`,
		"app:1:2:3":           `error: "app:1:2:3": "2:3" is not a number from 0 to 4294967294`,
		"app:4294967295":      `error: "app:4294967295": "4294967295" is not a number from 0 to 4294967294`,
		"":                    `error: "": NAME may have letters, digits and the characters . _ -, and not only digits`,
		"12":                  `error: "12": NAME may have letters, digits and the characters . _ -, and not only digits`,
		"-a:1":                `error: "-a:1": NAME may have letters, digits and the characters . _ -, and not only digits`,
		"a b:1":               `error: "a b:1": NAME may have letters, digits and the characters . _ -, and not only digits`,
		"a\nroot:1":           `error: "a\nroot:1": NAME may have letters, digits and the characters . _ -, and not only digits`,
		"app:5000,app:6000:1": "error: app is named twice",
	} {
		list, err := ParseAccounts(strings.Split(text, ","))
		var table Table
		if err == nil {
			table, err = NewTable(accountSource, list)
		}
		got := fmt.Sprint("error: ", err)
		if err == nil {
			got = fmt.Sprintf("%s %d %d", table.Added[0].Name, table.Added[0].UID, table.Added[0].GID)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestAddedLookup checks that owners may be accounts that only --account names.
func TestAddedLookup(t *testing.T) {
	table := Table{accountSource, []Account{{"app", IDs{5000, 6000}}, {"redis", IDs{7, 8}}}}
	for spec, want := range map[string]IDs{
		"": {}, "app": {5000, 6000}, "app:0": {5000, 0}, "0:app": {0, 6000}, "redis:app": {7, 6000}, "redis": {7, 8},
		"Debian-exim:redis": {127, 8}, "Debian-exim": {127, 128}, "5:5": {5, 5},
	} {
		if got, err := table.ForFlag("user", spec); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", spec, got, err, want)
		}
	}
	if _, err := table.ForFlag("mkdir", "none"); err == nil || !strings.HasPrefix(err.Error(), "--mkdir: none: ") {
		t.Error(err)
	}
}

// TestUnreadableAccounts checks that a file that cannot be read does not count as absent.
func TestUnreadableAccounts(t *testing.T) {
	for name, a := range map[string]Account{
		"open etc/passwd": {"a", IDs{unknown, unknown}}, "open etc/group": {"a", IDs{1, unknown}},
	} {
		src := testfs.FS{Fail: map[string]error{name: syscall.EIO}}
		if _, err := NewTable(src, []Account{a}); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add("app:5000:6000", "app:x:1:2::/:\n")
	f.Add("-:1", "a:x:\n")
	f.Fuzz(func(t *testing.T, text, passwd string) {
		list, err := ParseAccounts([]string{text})
		if err != nil {
			return
		}
		table, err := NewTable(fstest.MapFS{"etc/passwd": {Data: []byte(passwd)}, "etc/group": {Data: []byte(passwd)}}, list)
		if err != nil {
			return
		}
		a := table.Added[0]
		if strings.ContainsAny(a.Name, ":\n") || a.UID < 0 || a.UID > MaxID || a.GID < 0 || a.GID > MaxID {
			t.Errorf("%q: %+v", text, a)
		}
	})
}

func TestUserNames(t *testing.T) {
	if got := fmt.Sprint(UserNames(accountSource), UserNames(fstest.MapFS{})); got != "[Debian-exim bad redis] []" {
		t.Error(got)
	}
}
