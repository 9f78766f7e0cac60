/* The library that the program is linked with. */
int old(void) { return 1; }
int new(void) { return 2; }
