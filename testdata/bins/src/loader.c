/* A stub of a loader. It has what is read of the real one: its soname and the strings
 * with its default directories. DIRS comes from the build line. */
const char directories[] __attribute__((visibility("default"))) = DIRS;
const char cache[] __attribute__((visibility("default"))) = "/etc/ld.so.cache";
