/* A stub of a library: its soname and the versions in the version script. */
