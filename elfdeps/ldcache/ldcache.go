// Package ldcache reads and writes ld.so.cache, the file in which glibc's loader
// looks for libraries that none of its search lists has.
//
// Parse reads a cache as the loader of one machine does, of any machine, in the
// new format (glibc 2.2) and the old one. Marshal writes the bytes that ldconfig
// would write for the same entries. Both order names by the same comparison.
//
// The package opens no file and runs nothing. Its caveat: malformed parts of a
// cache are ignored without an error, as the loader ignores them; and a Cache
// finds nothing more once a damaged file has made it compare more bytes than any
// real one would.
//
// Start with Parse or Marshal.
package ldcache

// Entry says where a loader finds a name.
type Entry struct {
	// Name is the name that the loader looks for. ldconfig enters only SONAMEs, but
	// the loader accepts any name without a slash.
	Name string
	// Path is the absolute path that the loader opens.
	Path string
	// Flags say for which loaders the entry is; see the function Flags.
	Flags int32
	// Level is the glibc-hwcaps level that a processor needs for the entry,
	// "x86-64-v3"; "" is for all. Loaders before glibc 2.33 do not know levels.
	Level string
}

// MaxSize is the limit for the size of a cache, in bytes. The cache of a system has
// some 100 KB.
const MaxSize = 32 << 20

const (
	magicNew       = "glibc-ld.so.cache1.1"
	magicOld       = "ld.so-1.7.0\x00" // whose last byte is not compared
	magicExtension = 0xeaa42174
	headNew        = 48 // bytes of the header of the new format
	headOld        = 16

	pathMax     = 4096     // PATH_MAX
	maxKinds    = 1 << 8   // entries of one name for different processors
	maxCompared = 64 << 20 // bytes of keys; a name takes some 300
)
