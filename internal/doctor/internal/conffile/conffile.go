// Package conffile reads configuration files of any format for what matters to
// an image: the accounts and shared objects that they name, their ports, and
// the settings that keep a container from working or want a directory.
//
// It knows no program's syntax. One reader takes every file apart into
// statements (statement.go), and one table says what their directives mean
// (directives.go); what is not in the table is left alone. What it reads and
// keeps is bounded. Its caveat: a file of a format that is none of the usual
// ones says nothing, or what it does not mean. Start with Read.
package conffile

import "cmp"

// Config is a configuration file that goes into an image.
type Config struct {
	Path string // in the image
	Name string // as the user named it, for messages; "" stands for Path
	Main bool   // a program's own file: its ports and settings count too
}

// shown is the name of the file in messages.
func (c Config) shown() string { return cmp.Or(c.Name, c.Path) }

// Contents are what configuration files say.
type Contents struct {
	Users, Groups []string     // accounts, each once
	Modules       []ModuleList // shared objects
	Ports         []string     // of main files, each once, as EXPOSE has them: "6379/tcp"
	Settings      []Setting    // of main files
	Warnings      []error      // files that were not read, or not to their end

	// Errors for more names than may be; they matter only where the names do.
	AccountsErr, ModulesErr error
}

// ModuleList are the names of shared objects that stand in one file.
type ModuleList struct {
	File  string // its path in the image
	Names []string
}

// Kind is what a setting of a configuration file means for a container.
type Kind string

// The kinds of settings.
const (
	Daemonize Kind = "daemonize" // the program puts itself into the background, which ends the container
	Loopback  Kind = "loopback"  // it listens on addresses that cannot be reached from outside the container
	Directory Kind = "directory" // Value is a directory that it wants to be there
)

// Setting is a line of a configuration file that matters to a container.
type Setting struct {
	Kind      Kind
	File      string // Config.Name
	Line      int    // from 1
	Directive string // as it is written, without quotes
	Value     string // the directory; of the other kinds, the words
}
