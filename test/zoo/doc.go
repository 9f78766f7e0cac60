// Package zoo holds tests with real programs of many kinds: each is packed as a new user
// would do it and must work in a container. The package has no code of its own. To add a
// program, add a row to one of the tables. Where no docker engine answers, images run in a
// chroot with namespaces of its own, which needs root. Rows whose packages are not
// installed are skipped by name; with MKROOTFS_E2E=1 they fail.
package zoo
