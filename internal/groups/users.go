package groups

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// nonroot is the unprivileged user that images without a base have by custom.
const nonroot = 65532

// account is a line of passwd(5).
type account struct {
	name, gecos, home, shell string
	uid, gid                 int
}

// users writes passwd and group: root, nobody, nonroot, and of the source's
// accounts those that are asked for alone. Passwords are never carried: "x"
// points at a shadow file that does not exist, or that locks them all.
func (m *maker) users() {
	list, groups := m.accounts()
	m.writeUsers(list, groups)
}

// accounts returns the users and groups that the image knows, by number.
func (m *maker) accounts() ([]account, []groupLine) {
	nologin := ""
	for _, name := range []string{"/usr/sbin/nologin", "/sbin/nologin"} {
		if nologin == "" && m.exists(name) {
			nologin = name
		}
	}
	list := []account{
		{"root", "root", "/root", "/bin/sh", 0, 0},
		{"nobody", "nobody", "/nonexistent", nologin, 65534, 65534},
		{"nonroot", "nonroot", "/home/nonroot", nologin, nonroot, nonroot},
	}
	groups := []groupLine{{"root", 0, nil}, {m.nobodyGroup(), 65534, nil}, {"nonroot", nonroot, nil}}
	source, sourceGroups := parseAccounts(m.text("/etc/passwd")), parseGroups(m.text("/etc/group"))
	user, group, _ := strings.Cut(m.User, ":")
	confUsers, confGroups := m.confUsers()
	for _, name := range slices.Concat([]string{user}, m.Users, confUsers, m.compiledUsers(source)) {
		if a := lookUp(source, name); a != nil && !has(list, a) {
			list = append(list, *a)
			groups = withGroupsOf(groups, sourceGroups, a)
		}
	}
	for _, g := range sourceGroups {
		if group != "" && (g.name == group || strconv.Itoa(g.gid) == group) || slices.Contains(confGroups, g.name) {
			groups = withGroup(groups, g, "")
		}
	}
	slices.SortStableFunc(list, func(a, b account) int { return a.uid - b.uid })
	slices.SortStableFunc(groups, func(a, b groupLine) int { return a.gid - b.gid })
	return list, groups
}

func (m *maker) writeUsers(list []account, groups []groupLine) {
	var passwd, group strings.Builder
	for _, a := range list {
		fmt.Fprintf(&passwd, "%s:x:%d:%d:%s:%s:%s\n", a.name, a.uid, a.gid, a.gecos, a.home, a.shell)
		m.home(a)
	}
	for _, g := range groups {
		fmt.Fprintf(&group, "%s:x:%d:%s\n", g.name, g.gid, strings.Join(g.members, ","))
	}
	m.bytes("/etc/passwd", passwd.String(), "users root, nobody, nonroot and those asked for")
	m.bytes("/etc/group", group.String(), "their groups")
}

// shadow writes shadow(5) with all passwords locked, without which pam_unix
// lets nobody in, not even by other means.
func (m *maker) shadow() {
	list, _ := m.accounts()
	var text strings.Builder
	for _, a := range list {
		fmt.Fprintf(&text, "%s:*:::::::\n", a.name)
	}
	m.add(Addition{Path: "/etc/shadow", Kind: Bytes, Data: []byte(text.String()), Mode: 0o600, Why: "accounts without passwords"})
}

// compiledUsers returns the services' accounts that the programs have in their
// strings: sshd becomes sshd(8)'s, ftp vsftpd's, whatever no configuration says.
// Packages make these with numbers from 100 to 999 (Debian policy 9.2.2,
// SYS_UID_MIN of login.defs(5)); those below are on every system and have names
// that are words of many meanings, such as "list" and "sync". Linkers store a
// string that another ends with as its tail: "sshd" may be in "/run/sshd" alone.
func (m *maker) compiledUsers(source []account) (names []string) {
	system := map[string]bool{}
	for _, a := range source {
		if a.uid >= 100 && a.uid < 1000 {
			system[a.name] = true
		}
	}
	m.constants(func(prog string, b []byte) {
		tail := b[bytes.LastIndexByte(b, '/')+1:]
		if system[string(tail)] && akin(path.Base(prog), string(tail)) {
			names = append(names, string(tail))
		}
	})
	return names
}

// akin tells whether a program is likely to be who an account is for: "ftp" is a
// word to nginx, and the user to vsftpd.
func akin(program, account string) bool {
	return strings.Contains(program, account) || strings.Contains(account, program)
}

// home makes an account's home directory, with the source's permissions where
// it is there, root's if it is so there; sshd, which chroots into its own, insists
// on that. A place that others use too is not made anyone's own.
func (m *maker) home(a account) {
	switch a.home {
	case "", "/", "/nonexistent", "/dev/null", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/dev", "/var", "/proc", "/tmp", "/run":
		return
	}
	if !path.IsAbs(a.home) {
		return
	}
	d := Addition{Path: path.Clean(a.home), Kind: Dir, Mode: 0o755, UID: a.uid, GID: a.gid, Why: "the home of " + a.name}
	if a.uid == 0 || a.uid == nonroot {
		d.Mode = 0o700
	} else if n, err := m.root.Walk(a.home); err == nil && n.Info.IsDir() {
		d.Mode = n.Info.Mode().Perm()
		if uid, gid, ok := sysroot.Owner(n.Info); ok && uid == 0 {
			d.UID, d.GID = 0, gid
		}
	} else if strings.HasPrefix(d.Path, "/run/") || strings.HasPrefix(d.Path, "/var/run/") {
		d.UID, d.GID = 0, 0
	}
	m.add(d)
}

// nobodyGroup is the name of group 65534: nogroup on Debian, nobody elsewhere.
func (m *maker) nobodyGroup() string {
	for _, g := range parseGroups(m.text("/etc/group")) {
		if g.gid == 65534 {
			return g.name
		}
	}
	return "nobody"
}

// lookUp finds an account by its name or number.
func lookUp(list []account, name string) *account {
	for i := range list {
		if name != "" && (list[i].name == name || strconv.Itoa(list[i].uid) == name) {
			return &list[i]
		}
	}
	return nil
}

func has(list []account, a *account) bool {
	return slices.ContainsFunc(list, func(b account) bool { return b.name == a.name || b.uid == a.uid })
}

func parseAccounts(text string) (list []account) {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\n"), ":")
		if len(f) != 7 {
			continue
		}
		uid, uerr := strconv.Atoi(f[2])
		gid, gerr := strconv.Atoi(f[3])
		if f[0] != "" && uerr == nil && gerr == nil {
			list = append(list, account{f[0], f[4], f[5], f[6], uid, gid})
		}
	}
	return list
}

// groupLine is a line of group(5).
type groupLine struct {
	name    string
	gid     int
	members []string
}

func parseGroups(text string) (list []groupLine) {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\n"), ":")
		if len(f) != 4 {
			continue
		}
		if gid, err := strconv.Atoi(f[2]); err == nil && f[0] != "" {
			list = append(list, groupLine{f[0], gid, strings.Split(f[3], ",")})
		}
	}
	return list
}

// withGroupsOf adds the groups of source that a is in, a as their only member.
func withGroupsOf(groups, source []groupLine, a *account) []groupLine {
	for _, g := range source {
		switch {
		case slices.Contains(g.members, a.name):
			groups = withGroup(groups, g, a.name)
		case g.gid == a.gid:
			groups = withGroup(groups, g, "")
		}
	}
	return groups
}

// withGroup adds g with one member or none; to a group that is there already
// the member alone.
func withGroup(groups []groupLine, g groupLine, member string) []groupLine {
	i := slices.IndexFunc(groups, func(h groupLine) bool { return h.gid == g.gid })
	if i < 0 {
		i = len(groups)
		groups = append(groups, groupLine{name: g.name, gid: g.gid})
	}
	if member != "" && !slices.Contains(groups[i].members, member) {
		groups[i].members = append(groups[i].members, member)
	}
	return groups
}
