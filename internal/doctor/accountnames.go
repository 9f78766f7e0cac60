package doctor

import (
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
)

// accountNames returns the accounts that flags, configuration files and the programs
// name. passwd and group are the files of the source.
func (m *maker) accountNames(passwd, group string) accountNames {
	names := m.compiledUsers(passwd, group)
	user, ofUser, _ := strings.Cut(m.user, ":")
	words := wordsOf(m.asked)
	names.own = slices.Concat([]string{user}, m.configs.Users, words.options, names.own)
	names.named = append(names.named, words.variables...)
	names.groups = slices.Concat(m.configs.Groups, []string{ofUser}, words.options, words.variables, names.groups)
	for _, o := range m.asked.Owners {
		who, group, _ := strings.Cut(o, ":")
		names.named = append(names.named, who)
		names.groups = append(names.groups, group)
	}
	for a := range accountLines(passwd) {
		if words.all[a.name] && m.useOf(a.name, a.uid)&whole != 0 {
			names.named = append(names.named, a.name)
		}
	}
	return names
}

// flagWords are words of the command line and the environment that may be names.
type flagWords struct {
	options   []string // the users and groups that options give: "-u NAME", "user=NAME"
	variables []string // those that variables give: PGUSER=NAME
	all       map[string]bool
}

// wordsOf returns the words of the flags in a. An option is a word before its value, as in
// "-u NAME", or together with it: "-uNAME", "user=NAME".
func wordsOf(a Accounts) flagWords {
	w := flagWords{all: map[string]bool{}}
	for _, kv := range a.Env {
		key, value, _ := strings.Cut(kv, "=")
		w.variables = append(w.variables, w.add(key, value)...)
	}
	option := ""
	for word := range strings.FieldsSeq(strings.Join(a.Command, " ")) {
		w.options = append(w.options, w.add(option, word)...)
		option = word
		if value, ok := strings.CutPrefix(word, "-u"); ok {
			w.options = append(w.options, w.add("-u", value)...)
		}
		for part := range strings.SplitSeq(word, ",") {
			if key, value, ok := strings.Cut(part, "="); ok {
				w.options = append(w.options, w.add(key, value)...)
			}
		}
	}
	return w
}

// add adds a value, and returns the names that it gives if the key is one for users. Too
// many options have numbers, which need no entry, to take them for users.
func (w flagWords) add(key, value string) (names []string) {
	w.all[value] = true
	if !isUserKey(key) {
		return nil
	}
	return slices.DeleteFunc(strings.Split(value, ":"), func(name string) bool {
		return strings.Trim(name, "0123456789") == ""
	})
}

// isUserKey reports whether the value of an option, a setting or a variable is likely to
// be a user or a group.
func isUserKey(key string) bool {
	switch key {
	case "-u", "-U", "-g", "-G":
		return true
	}
	key = strings.ToLower(key)
	for _, ending := range []string{"user", "userid", "username", "uid", "logname", "owner", "group", "gid"} {
		if strings.HasSuffix(key, ending) {
			return true
		}
	}
	return false
}

// findLostAccounts adds a warning to found for each account of --account that the passwd
// file in the image does not have, because a flag has put another one there.
func findLostAccounts(in Input, found *Findings) {
	if in.Image == nil || len(in.Accounts.Added) == 0 {
		return
	}
	const passwd = "etc/passwd"
	text, err := bounded.ReadFile(in.Image, passwd, bounded.Config)
	if err != nil {
		return // the group makes the file, or reports the error
	}
	have := map[string]bool{}
	for a := range accountLines(string(text)) {
		have[a.name] = true
	}
	for _, a := range in.Accounts.Added {
		if !have[a.Name] {
			found.Advice = append(found.Advice, Advice{
				Warning: true, Degree: Certain,
				Text: "--account " + a.Name + ": another flag puts its own /" + passwd + " into the image",
				Fix:  "add the account to that file, or leave the file out",
			})
		}
	}
}
