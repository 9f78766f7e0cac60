// Package e2e holds end-to-end tests: real programs are packed by the command and run by a
// container engine. The package has no code of its own.
//
// A test that needs an engine, a registry or a program that is not available is skipped by
// name; with MKROOTFS_E2E=1 it fails.
package e2e
