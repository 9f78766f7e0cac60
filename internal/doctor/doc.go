// Package doctor predicts which files programs will ask for at run time beyond
// those that their DT_NEEDED name: users, certificates, time zones, character
// sets, plugins, modules that configuration files name, libraries that they
// open with dlopen.
//
// It judges by what the objects of a closure import, by the libraries that they
// need, by their string constants and notes, and by the configuration files
// that go into the image. The answer is a list of groups, each a set of files
// and directories, and why it is needed. The package looks only at the file
// systems that it is given, so an unpacked system of any architecture serves as
// well as this machine. It changes nothing and runs nothing, and what it reads
// and keeps is bounded. Its caveat: that a program can call a function does not
// mean that it will. Start with New and Doctor.Examine.
//
// # What is known, and where
//
// Each kind of knowledge is one table:
//
//	needtable.go    what shows that an object needs a group: one row a need
//	grouptable.go   the groups, and the function that lists the files of each
//	internal/conffile/directives.go
//	                what directives of configuration files mean
//
// To add a need, add a row to needTable. If its group is a new one, add a row
// to groupTable as well, with a function that adds the files of the group by
// the methods of maker (maker.go): file, plugin, tree, bytes, dir, library. The
// group is then known to --with, --without, the help and the account.
package doctor
