// Package doctor predicts which files programs use at run time other than those that
// their DT_NEEDED name: users, certificates, time zones, character sets, plugins,
// modules that configuration files name, and libraries that they open with dlopen.
//
// The evidence is in the objects of a closure, their imports, libraries, string
// constants and notes, and in the configuration files of the image. The result is a
// list of groups, each a set of files and directories with the reason why it is needed.
// The package reads only the file systems that it is given, which may be those of an
// unpacked system of any architecture. It changes nothing and runs nothing, and it
// limits what it reads and keeps. Its caveat: a program that can call a function need
// not do so. Start with New and Doctor.Examine.
//
// # Tables
//
// What the package knows is in four tables:
//
//	needtable.go    the evidence that an object needs a group
//	grouptable.go   the groups, and the functions that add the files of each
//	rootrefusal.go  the programs that refuse to run as root
//	internal/conffile/directives.go
//	                the meanings of directives in configuration files
//
// To add a need, add a row to needTable. For a new group, add a row to groupTable and
// a function that adds the files of the group with the methods of maker (maker.go):
// file, plugin, tree, bytes, dir, library. The group then appears in --with, --without,
// the help and the messages.
package doctor
