package owner

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Account is an account that an image gets by --account.
type Account struct {
	Name string
	IDs  // -1 stands for the number in the source
}

// unknown is a number that the source decides.
const unknown = -1

// ParseAccounts parses values of --account, NAME[:UID[:GID]]. Each name is allowed once.
func ParseAccounts(values []string) (list []Account, err error) {
	for _, text := range values {
		a, err := parseAccount(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(b Account) bool { return b.Name == a.Name }) {
			return nil, fmt.Errorf("%s is named twice", a.Name)
		}
		list = append(list, a)
	}
	return list, nil
}

// parseAccount parses NAME[:UID[:GID]]; numbers that are not given are unknown.
func parseAccount(text string) (Account, error) {
	name, numbers, hasNumbers := strings.Cut(text, ":")
	a := Account{name, IDs{unknown, unknown}}
	if !isName(name) {
		return a, fmt.Errorf("%q: NAME may have letters, digits and the characters . _ -, and not only digits", text)
	}
	if !hasNumbers {
		return a, nil
	}
	uid, gid, hasGID := strings.Cut(numbers, ":")
	var err error
	if a.UID, err = parseNumber(uid); err == nil && hasGID {
		a.GID, err = parseNumber(gid)
	}
	if err != nil {
		return a, fmt.Errorf("%q: %w", text, err)
	}
	return a, nil
}

// parseNumber parses an id from 0 to MaxID.
func parseNumber(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > MaxID {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", text, MaxID)
	}
	return int(n), nil //nolint:gosec // at most MaxID
}

// isName reports whether name is valid as the name of a user or group (POSIX, Base
// Definitions, User Name) and is not a number.
func isName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return name != "" && len(name) <= maxName && name[0] != '-' && strings.Trim(name, "0123456789") != "" &&
		strings.Trim(name, letters+"0123456789._-") == ""
}

// maxName is the maximum length of a name (LOGIN_NAME_MAX of Linux).
const maxName = 256

// UserNames returns the names in etc/passwd of a file system, nil if it cannot be read.
func UserNames(fsys fs.FS) (list []string) {
	data, _ := bounded.ReadFile(fsys, "etc/passwd", bounded.Config)
	for line := range bytes.Lines(data) {
		if name, _, _ := bytes.Cut(line, []byte{':'}); isName(string(name)) {
			list = append(list, string(name))
		}
	}
	return list
}

// Table is the accounts of a source and those of --account, which have precedence.
type Table struct {
	Source fs.FS
	Added  []Account // with all numbers
}

// NewTable returns the table for accounts. Numbers that are -1 are those of the source:
// of its entry in etc/passwd, and for the group otherwise that of the group of the same
// name, or else the number of the user. An account without numbers that etc/passwd does
// not have is an error.
func NewTable(source fs.FS, accounts []Account) (Table, error) {
	t := Table{Source: source, Added: slices.Clone(accounts)}
	for i := range t.Added {
		if err := t.Added[i].complete(source); err != nil {
			return t, err
		}
	}
	return t, nil
}

// complete sets the numbers of a that are unknown to those of source, see NewTable.
func (a *Account) complete(source fs.FS) error {
	if a.UID != unknown && a.GID != unknown {
		return nil
	}
	line, err := lineOf(source, "etc/passwd", a.Name)
	switch {
	case err != nil:
		return err
	case line == nil && a.UID == unknown:
		err := fmt.Errorf("--account %s: no such account in /etc/passwd", a.Name)
		return usererr.WithHint(err, "give its number: --account "+a.Name+":UID[:GID]")
	case line == nil:
		return a.findGroup(source)
	}
	who, err := Lookup(source, a.Name)
	if err != nil {
		return fmt.Errorf("--account %s: %w", a.Name, err)
	}
	if a.UID == unknown {
		a.UID = who.UID
	}
	if a.GID == unknown {
		a.GID = who.GID
	}
	return nil
}

// findGroup sets the group of an account that the source does not have.
func (a *Account) findGroup(source fs.FS) error {
	a.GID = a.UID
	line, err := lineOf(source, "etc/group", a.Name)
	if line == nil || err != nil {
		return err
	}
	if a.GID, err = parseNumber(string(bytes.SplitN(line, []byte{':'}, 4)[2])); err != nil {
		return fmt.Errorf("etc/group: %w", err)
	}
	return nil
}

// Lookup is the function Lookup for the accounts of t.
func (t Table) Lookup(spec string) (IDs, error) {
	name, group, hasGroup := strings.Cut(spec, ":")
	who := IDs{unknown, unknown}
	for _, a := range t.Added {
		if a.Name == name {
			who = a.IDs
			name = strconv.Itoa(a.UID)
		}
		if hasGroup && a.Name == group {
			group = strconv.Itoa(a.GID)
		}
	}
	switch {
	case hasGroup:
		return Lookup(t.Source, name+":"+group)
	case who.UID != unknown:
		return who, nil
	}
	return Lookup(t.Source, spec)
}

// ForFlag returns the numeric ids for spec, the owner that a flag names; "" is 0:0.
func (t Table) ForFlag(flag, spec string) (IDs, error) {
	if spec == "" {
		return IDs{}, nil
	}
	who, err := t.Lookup(spec)
	if err != nil {
		err = fmt.Errorf("--%s: %s: %w", flag, spec, err)
		return who, usererr.WithHint(err,
			"use numbers, UID:GID, which need no entry in /etc/passwd, or add --account NAME:UID")
	}
	return who, nil
}
