package doctor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// nonroot is the unprivileged user that minimal images have by convention.
const nonroot = 65532

// users adds passwd and group with root, nobody, nonroot and the requested accounts of
// the source. Passwords are never copied: "x" refers to a shadow file that does not
// exist, or in which all passwords are locked.
func (m *maker) users() {
	list, groups := m.accounts()
	m.writeUsers(list, groups)
}

// accounts returns the users and groups of the image, sorted by id.
func (m *maker) accounts() ([]account, []groupLine) {
	m.fail(m.configs.AccountsErr)
	passwd, group := m.accountText("/etc/passwd"), m.accountText("/etc/group")
	names := m.accountNames(passwd, group)
	list := m.addedAccounts(passwd, names.own)
	copied := copyAccounts(list, passwd, names.own)
	further := copyAccounts(slices.Concat(list, copied), passwd, names.named)
	for i := range further {
		further[i].noHome = true
	}
	list = slices.Concat(list, copied, further)
	groups := newGroupList(
		groupLine{"root", 0, nil}, groupLine{groupOfNobody(group), 65534, nil}, groupLine{"nonroot", nonroot, nil},
	)
	groups.addFrom(group, slices.DeleteFunc(slices.Clone(list), isBuiltIn), names.groups)
	for _, a := range m.asked.Added {
		groups.add(groupLine{a.Name, a.GID, nil})
	}
	slices.SortStableFunc(list, func(a, b account) int { return a.uid - b.uid })
	slices.SortStableFunc(groups.lines, func(a, b groupLine) int { return a.gid - b.gid })
	return list, groups.lines
}

// addedAccounts returns the accounts that every image has, and those of --account with
// the home directories and shells of the source. own are the accounts whose home
// directories the image needs.
func (m *maker) addedAccounts(passwd string, own []string) []account {
	nologin := ""
	for _, name := range []string{"/usr/sbin/nologin", "/sbin/nologin"} {
		if nologin == "" && m.exists(name) {
			nologin = name
		}
	}
	list := []account{
		{name: "root", gecos: "root", home: "/root", shell: "/bin/sh"},
		{name: "nobody", gecos: "nobody", home: "/nonexistent", shell: nologin, uid: 65534, gid: 65534},
		{name: "nonroot", gecos: "nonroot", home: "/home/nonroot", shell: nologin, uid: nonroot, gid: nonroot},
	}
	for _, added := range m.asked.Added {
		list = slices.DeleteFunc(list, func(a account) bool { return a.name == added.Name })
		one := account{name: added.Name, home: "/", shell: nologin}
		if found := copyAccounts(nil, passwd, []string{added.Name}); len(found) > 0 {
			one = found[0]
		}
		one.uid, one.gid, one.noHome = added.UID, added.GID, !slices.Contains(own, added.Name)
		list = append(list, one)
	}
	return list
}

// isBuiltIn reports whether every image has an account.
func isBuiltIn(a account) bool {
	return a.uid == 0 || a.uid == nonroot || a.uid == 65534
}

// copyAccounts returns the accounts of a passwd file whose name or id is one of names
// and that are not in list. The real names (GECOS) are removed for privacy.
func copyAccounts(list []account, passwd string, names []string) (copied []account) {
	found := map[string]*account{}
	for _, name := range names {
		if name != "" {
			found[name] = nil
		}
	}
	for a := range accountLines(passwd) {
		for _, key := range []string{a.name, strconv.Itoa(a.uid)} {
			if first, wanted := found[key]; wanted && first == nil {
				found[key] = &a
			}
		}
	}
	taken := map[string]bool{}
	for _, a := range list {
		taken[a.name], taken[strconv.Itoa(a.uid)] = true, true
	}
	for _, name := range names {
		a := found[name]
		if a == nil || taken[a.name] || taken[strconv.Itoa(a.uid)] {
			continue
		}
		taken[a.name], taken[strconv.Itoa(a.uid)] = true, true
		a.gecos = ""
		copied = append(copied, *a)
	}
	return copied
}

// writeUsers adds passwd, group and the home directories of the accounts.
func (m *maker) writeUsers(list []account, groups []groupLine) {
	var passwd, group strings.Builder
	var names []string
	for _, a := range list {
		names = append(names, a.name)
		fmt.Fprintf(&passwd, "%s:x:%d:%d:%s:%s:%s\n", a.name, a.uid, a.gid, a.gecos, a.home, a.shell)
		if !a.noHome {
			m.home(a)
		}
	}
	for _, g := range groups {
		fmt.Fprintf(&group, "%s:x:%d:%s\n", g.name, g.gid, strings.Join(g.members, ","))
	}
	m.group.Detail = strings.Join(names, ", ")
	m.bytes("/etc/passwd", passwd.String(), "users root, nobody, nonroot and those asked for")
	m.bytes("/etc/group", group.String(), "their groups")
}

// shadow adds shadow(5) with all passwords locked. Without the file pam_unix refuses
// all logins, even those that need no password.
func (m *maker) shadow() {
	list, _ := m.accounts()
	var text strings.Builder
	for _, a := range list {
		fmt.Fprintf(&text, "%s:*:::::::\n", a.name)
	}
	const why = "accounts without passwords"
	m.add(Addition{Path: "/etc/shadow", Kind: Bytes, Data: []byte(text.String()), Mode: 0o600, Why: why})
}

// home adds an account's home directory. It has the mode of the directory in the source,
// and belongs to root if it does so in the source, as sshd requires of the directory for
// chroot(2). A directory that others share is left out.
func (m *maker) home(a account) {
	switch a.home {
	case "", "/", "/nonexistent", "/dev/null", "/bin", "/sbin", "/usr/bin", "/usr/sbin",
		"/dev", "/var", "/proc", "/tmp", "/run":
		return
	}
	if !path.IsAbs(a.home) {
		return
	}
	d := Addition{
		Path: path.Clean(a.home), Kind: Dir, Mode: 0o755, UID: a.uid, GID: a.gid, Why: "the home of " + a.name,
	}
	if a.uid == 0 || a.uid == nonroot {
		d.Mode = 0o700
	} else if n := m.directory(a.home); n != nil {
		d.Mode = n.Info.Mode().Perm()
		if uid, gid, ok := sysroot.Owner(n.Info); ok && uid == 0 {
			d.UID, d.GID = 0, gid
		}
	} else if strings.HasPrefix(d.Path, "/run/") || strings.HasPrefix(d.Path, "/var/run/") {
		d.UID, d.GID = 0, 0
	}
	m.add(d)
}
