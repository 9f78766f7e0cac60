// Package pack makes the smallest container image that runs a program: the whole
// job as a library. Resolve turns a Spec, which says what is asked for, into a
// Plan: everything that goes into the image, each with the Reason why, and the
// image's configuration. Write turns a Plan into files, an image in an engine or
// one in a registry. Nothing that goes into the image is ever run.
//
// Its caveat: a Plan holds names of files and not their content, which is read
// when it is written; a file that has changed in between is an error. Two calls
// may run at once in one process; a Plan may be written by several goroutines at
// once. Start with Resolve.
//
// # Stages
//
// A Spec passes through stages, which are functions from values to values. Each
// names what it reads in its parameters and returns what it found; resolve.go has
// them in their order.
//
//	parse             Spec → request: the values, checked and parsed (check.go)
//	findPrograms      the programs in the source (internal/source)
//	loadClosure       what the loader opens for them (elfdeps)
//	askedFor          programs, copies, configuration files, packages and directories
//	                  → contents: a tree, and the files that may be objects (contents.go)
//	grow              contents → contents, until nothing is new: the closures of new
//	                  objects, what they dlopen, the groups that they need (grow.go, internal/doctor)
//	completeConfig    request and contents → the image's configuration (config.go)
//	addLoaderFiles    the files by which the image's loader finds what the source's
//	                  found (loaderfiles.go, elfdeps/relocate)
//	verify            everything is in the tree and found again (verify.go)
//
// A look, which shows a plan instead of writing it, runs the same stages and stops
// earlier (Depth). Write has stages too, in write.go: the layer is written once
// (layer.go), all else is made from it, and outputs become visible together
// (internal/dest).
//
// # Where to add
//
//   - A need: a row in a table of internal/doctor.
//   - A source of files: a function beside those in internal/source/source.go.
//   - An output: a Type in output.go, and how it is written in layer.go.
//   - A flag: a field of Spec or Outputs, and a line of the command's flag table.
package pack
