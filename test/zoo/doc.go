// Package zoo has no code of its own, only tests: real programs of all kinds
// are packed as a new user would type it, and must do their job in a container.
// To add one, add a row to the tables. Where no docker engine answers, images
// run in a chroot with namespaces of its own, which takes root. With
// MKROOTFS_E2E=1 nothing may be missing; otherwise rows whose packages are not
// installed are skipped by name.
package zoo
