// Package doctor predicts which files programs use at run time other than those that
// their DT_NEEDED name: users, certificates, time zones, character sets, plugins, modules
// that configuration files name, data, programs that programs start, and libraries that
// they open with dlopen.
//
// The evidence is in the objects of a closure, their imports, libraries, string constants
// and notes, in shell scripts, in the configuration files of the image, and in the package
// database of the source. The result, Findings, has a list of groups, each a set of files
// and directories with the reason why it is needed, and advice about what the image lacks.
// The package reads only the file systems that it is given, which may be those of an
// unpacked system of any architecture. It changes nothing and runs nothing, and it limits
// what it reads and keeps. Its caveat: a program that can call a function need not do so,
// and one that names a file need not read it. Start with New and Doctor.Examine.
//
// # Order
//
// Examine works in this order (examine.go):
//
//	conffile.Read     reads the configuration files
//	confDirs          the directories that they name (confdirs.go)
//	findRootRefusal   a program that does not run as root
//	findLostAccounts  accounts of flags that a copied passwd lacks (accountnames.go)
//	findOpens         libraries that objects open with dlopen (dlopen.go)
//	findNeeds         which objects need which groups (needs.go)
//	collectFacts      what the files of the groups depend on (facts.go)
//	advise            helpers, the data of all programs that run, and the helpers again
//	chooseGroups      which groups go into the image, and hints for others (choose.go)
//
// The caller adds what was found and calls Examine again until nothing is new. Group data
// comes first and alone, since its files may be programs, plugins and configuration files
// on which the other groups depend.
//
// # Data and helpers
//
// The data of an object are the files that it names as strings (names.go) and that belong
// to it according to the package database (internal/owndata), and the standard libraries
// of interpreters (internal/interpreters); data.go selects what is small and certain. A
// file that not everybody may read is never taken.
//
// Helpers are the programs that others start: those in shell scripts
// (package internal/shellscript of the module), those that the strings of a program name
// (internal/spawn and related.go), and those in configuration files (confighelpers.go).
// They are added only on request; helperadvice.go makes one line for each starter. Group
// shell follows from the same evidence.
//
// # Tables
//
// What the package knows is in tables, one row each:
//
//	needtable.go    the evidence that an object needs a group
//	grouptable.go   the groups, and the functions that add the files of each
//	synonyms.go     usual words for the groups, for hints
//	rootrefusal.go  the programs that refuse to run as root
//	internal/interpreters/table.go
//	                where interpreted languages keep their libraries
//	internal/conffile/directives.go
//	                the meanings of directives in configuration files
//
// A rule for one program belongs in rootrefusal.go or in the table of internal/interpreters,
// and nowhere else. To add a need, add a row to needTable. For a new group, add a row to groupTable
// and a function that adds the files of the group with the methods of maker (maker.go):
// file, plugin, tree, bytes, dir, library. The group then appears in --with, --without,
// the help and the messages.
package doctor
