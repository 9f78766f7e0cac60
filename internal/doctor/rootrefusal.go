package doctor

import (
	"path"
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/quote"
)

// rootRefusal is a row of rootRefusals.
type rootRefusal struct {
	programs []string // base names
	accounts []string // the accounts for them, the usual one first
	option   string   // the option that names a user: the program refuses only without it
	cures    []string // further options with which it does not refuse
	// setting is set if a user that a configuration file names has the effect of option.
	setting bool
}

// rootRefusals are the programs of Debian that end at once when root runs them. Each row
// was tried with the version of Debian 12, unless its comment says otherwise.
var rootRefusals = []rootRefusal{
	// memcached.c: "can't run as root without the -u switch"; the options in memcached.conf become arguments
	{
		programs: []string{"memcached"}, accounts: []string{"memcache", "memcached"},
		option: "-u", cures: []string{"--user"}, setting: true,
	},
	// main.c: "\"root\" execution of the PostgreSQL server is not permitted."
	// initdb, pg_ctl and pg_upgrade: "cannot be run as root"; the others: "cannot be executed by \"root\""
	{
		programs: []string{"postgres", "postmaster", "initdb", "pg_ctl", "pg_upgrade", "pg_resetwal", "pg_rewind"},
		accounts: []string{"postgres"},
	},
	// repmgr-client.c, repmgrd.c: "%s: cannot be run as root" (a string of repmgr 5.3.3)
	{programs: []string{"repmgr", "repmgrd"}, accounts: []string{"postgres"}},
	// main.c: "PgBouncer should not run as root"; pgbouncer(1): -u, config.html: user
	{
		programs: []string{"pgbouncer"}, accounts: []string{"postgres", "pgbouncer"},
		option: "-u", cures: []string{"--user"}, setting: true,
	},
	// mysqld.cc: "Please consult the MariaDB Documentation to find out how to run mariadbd as root!"
	{
		programs: []string{"mariadbd", "mysqld"}, accounts: []string{"mysql"},
		option: "--user", cures: []string{"-u"}, setting: true,
	},
	// main.c: "You should not run icecast2 as root. Use the changeowner directive in the config file"
	{programs: []string{"icecast2", "icecast"}, accounts: []string{"icecast2", "icecast"}, setting: true},
	// main.c: "Eggdrop will not run as root!"
	{programs: []string{"eggdrop"}},
	// inspircd.cpp: "Running as root is generally not required"; it names --runasroot
	{programs: []string{"inspircd"}, accounts: []string{"irc", "inspircd"}, cures: []string{"--runasroot"}},
	// ircd.c: "ERROR: This server won't run as root/superuser" (a string of ircd-hybrid 8.2.43)
	{programs: []string{"ircd-hybrid"}, accounts: []string{"irc"}},
	// main.cpp: "You are running ZNC as root! Don't do that!"; znc(1): --allow-root
	{programs: []string{"znc"}, accounts: []string{"_znc", "znc"}, cures: []string{"-r", "--allow-root"}},
	// support.c: "Fatal error: you're trying to run me as superuser!"
	{programs: []string{"freeciv-server"}},
	// "Running crossfire-server as root is a bad idea; aborting!" (a string of crossfire-server 1.75)
	{programs: []string{"crossfire-server"}, accounts: []string{"crossfire"}},
	// vlc.c: "VLC is not supposed to be run as root. Sorry." (a string of vlc 3.0.24)
	{programs: []string{"vlc"}},
}

// findRootRefusal adds a warning to found if the image's program refuses to run as root.
// users are those that configuration files name; those that do not exist have no effect.
func (d *Doctor) findRootRefusal(in Input, users []string, found *Findings) {
	command := in.Accounts.Command
	if len(command) == 0 || !isRoot(in.User) {
		return
	}
	name := path.Base(command[0])
	named := slices.ContainsFunc(users, func(user string) bool { return !isRoot(user) && d.hasAccount(in, user) })
	for _, r := range rootRefusals {
		if !slices.Contains(r.programs, name) || r.setting && named || r.isCured(command[1:]) {
			continue
		}
		account := "nobody"
		for _, a := range slices.Backward(r.accounts) {
			if d.hasAccount(in, a) {
				account = a
			}
		}
		a := Advice{Warning: true, Degree: Certain, Text: quote.ShellWord(name) + " refuses to run as root"}
		a.Fix = "add --user " + account
		if r.option != "" {
			a.Text += " without " + r.option
			a.Fix += " or -- " + r.option + " " + account
		}
		found.Advice = append(found.Advice, a)
	}
}

// hasAccount reports whether the image can have an account.
func (d *Doctor) hasAccount(in Input, name string) bool {
	_, err := owner.Table{Source: d.root, Added: in.Accounts.Added}.Lookup(name)
	return err == nil
}

// isCured reports whether arguments have an option with which the program does not
// refuse.
func (r rootRefusal) isCured(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.ContainsFunc(append([]string{r.option}, r.cures...), func(o string) bool {
			isShort := len(o) == 2 && strings.HasPrefix(arg, o)
			return o != "" && (arg == o || isShort || strings.HasPrefix(arg, o+"="))
		})
	})
}

// isRoot reports whether a value of --user is root.
func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return strings.Trim(name, "0") == "" || name == "root"
}
