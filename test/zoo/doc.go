// Package zoo holds tests with real programs of many kinds: each is packed by its natural
// command, which a user types after a look at --help, and must work in a container. The
// package has no code of its own. To add a program, add a row to one of the tables; a
// program that does not work the first time stays in the table, with the reason and with
// what has to be added. Where no docker engine answers, images run in a chroot with
// namespaces of its own, which needs root. Rows whose packages are not installed are
// skipped by name; with MKROOTFS_E2E=1 they fail.
//
// Without MKROOTFS_ZOO_ALL=1 only the rows of the packages in packages.txt run. "make zoo"
// installs those of more-packages.txt too, runs all rows, and writes docs/zoo.md.
package zoo
