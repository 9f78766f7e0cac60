// Package pack makes the smallest container image that runs a program. It is the
// command mkrootfs as a library. Resolve turns a Spec, which describes the image,
// into a Plan: the files of the image, each with the Reason why it is there, and
// the image's configuration. Write writes a Plan to files, to a container engine or
// to registries. The package never runs anything that goes into the image.
//
// Its caveat: a Plan holds the names of files, not their content. Write reads the
// content and fails if a file has changed since Resolve. Resolve and Write may be
// called by several goroutines at once, Write also with the same Plan. Start with
// Resolve.
//
// # Stages
//
// Resolve is a sequence of stages. Each is a function that reads only its
// parameters and returns what it found; resolve.go calls them in this order:
//
//	parse             checks and parses the Spec into a request (spec.go)
//	findPrograms      finds the programs in the source (system.go, internal/source)
//	loadClosure       finds what the loader opens for them (system.go, elfdeps)
//	askedFor          adds the programs, copies, configuration files, packages and
//	                  directories to new contents, which have the tree (asked.go)
//	grow              adds the closures of further objects, the libraries that they
//	                  dlopen and the groups that they need, until nothing is new
//	                  (grow.go, internal/doctor)
//	completeConfig    completes the image's configuration (config.go)
//	addLoaderFiles    adds files such as ld.so.cache, if the image's loader needs them
//	                  to find the same libraries (loaderfiles.go, internal/inimage)
//	verify            checks that the image's loader finds every file (verify.go)
//
// With a smaller Depth, for printing a plan, Resolve stops earlier. Write has stages
// too, in write.go: it writes the layer once (layer.go), makes the outputs from it,
// and makes all of them visible together (internal/dest).
//
// # Where to add
//
//   - A need: a row of internal/doctor/needtable.go.
//   - A source of files: a function beside openSysroot in internal/source/source.go.
//   - A type of output: a row in output.go, and a case of writeOutput in layer.go.
//   - A flag: a field of Spec in spec.go, specfiles.go, specgroups.go or specimage.go,
//     whose values are parsed beside it, or of Outputs, and an entry of
//     cmd/mkrootfs/flags.go.
package pack
