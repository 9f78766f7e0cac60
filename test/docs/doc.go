// Package docs runs the sessions in README.md and docs/*.md and compares what they print.
// It has no code of its own.
//
// A session is a code block, indented or fenced, in which lines begin with "$ ". Each of
// these lines is a command for bash; a backslash at its end continues it. The lines up to
// the next command are its output, stdout and stderr together. The sessions of a document
// run in order in one directory, which begins as a copy of testdata/NAME.
//
// The output must be the documented one line by line, with these exceptions only, which
// depend on the machine and on the versions of its packages:
//
//   - 64 hexadecimal digits (digests, ids of containers) stand for any others;
//   - a size (17.6MB, 12.3kB, 258B) and the blanks before it stand for any other size;
//   - a line that is "…" alone stands for any number of lines.
//
// A command must end with status 0, unless its documented output has a line that begins with
// "mkrootfs: error:". A command that begins with redis-cli is repeated until its
// output is right, for five seconds: the server is starting.
//
// Image names of mkrootfs -t and container names of docker run --name are replaced by names
// that belong to the test, and back in the output. A session is skipped, by name, where a
// program, an engine or a port that it uses is not available; with MKROOTFS_E2E=1 that is a
// failure.
package docs
