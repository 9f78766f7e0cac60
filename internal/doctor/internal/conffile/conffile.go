// Package conffile reads from configuration files what matters for an image: the
// accounts and shared objects that they name, ports, settings that fail in a container or
// need a directory, and other files that they include.
//
// It does not parse the syntax of particular programs. One reader splits files of all
// formats into statements (statement.go), and one table has the meanings of directives
// (directives.go); other directives are ignored. It reads only files of the image, and what
// it reads and keeps is limited.
// Its caveat: it may misunderstand files of unusual formats. Start with Read.
package conffile

import "cmp"

// Config is a configuration file that goes into an image.
type Config struct {
	Path string // in the image
	Name string // as the user named it, for messages; "" stands for Path
	Main bool   // a file of --conf: its ports and settings are used, too
}

// shown returns the name of the file for messages.
func (c Config) shown() string { return cmp.Or(c.Name, c.Path) }

// Contents are the contents of configuration files.
type Contents struct {
	Users, Groups []string     // accounts, each once
	Modules       []ModuleList // shared objects
	Ports         []string     // of main files, each once, in the form of EXPOSE: "6379/tcp"
	Settings      []Setting    // of main files
	Modes         []Setting    // of all files: Daemonize, Foreground and, of main files, Listen
	Variables     []Setting    // of main files: variables of the environment
	Includes      []Include    // what main files include and the image lacks
	Warnings      []error      // about files that were not read completely

	// Errors for too many names; they matter only to groups that use the names.
	AccountsErr, ModulesErr error
}

// ModuleList are the names of shared objects in one file.
type ModuleList struct {
	File  string // its path in the image
	Names []string
}

// Kind is the meaning of a setting for a container.
type Kind string

// The kinds of settings.
const (
	Daemonize  Kind = "daemonize"  // the program runs in the background, which ends the container
	Foreground Kind = "foreground" // it stays in the foreground; only in Contents.Modes
	Listen     Kind = "listen"     // it names an address or a port; only in Contents.Modes
	Variable   Kind = "variable"   // Value is a variable of the environment; only in Contents.Variables
	Loopback   Kind = "loopback"   // it listens only on addresses that are unreachable from outside
	Directory  Kind = "directory"  // Value is a directory that must exist
)

// Setting is a setting in a configuration file that matters for a container.
type Setting struct {
	Kind      Kind
	File      string // Config.Name
	Line      int    // from 1
	Directive string // as in the file, without quotes
	Value     string // the directory; for other kinds, the words
}
