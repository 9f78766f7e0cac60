// Package e2e holds the tests that need a machine: real programs, packed by the
// real command, run by a real engine. It has no code of its own.
//
// With MKROOTFS_E2E=1 an engine, a registry or a program that is not here is a
// failure; otherwise the tests that need it are skipped, and say so.
package e2e
