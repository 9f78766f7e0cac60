package conffile

// meaning is a set of meanings of the words of a directive.
type meaning int

const (
	background meaning = 1 << iota // true, yes, on, 1 or no word at all: the program daemonizes itself
	foreground                     // no, false, off or 0: the program daemonizes itself
	address                        // an address, or several
	file                           // a path, whose directory must exist
	directory                      // a directory, or several separated by commas
	userName                       // a user and perhaps a group
	groupName                      // a group
	port                           // a port, or an address that ends in one
	portBehind                     // an address, perhaps with a port behind it
	included                       // a file, a pattern or a directory to read in place of the directive
	optional                       // with included: the program starts without it
	command                        // with included: a program, whose output is read
)
