/* The library that is in the tree: it has the old version only. */
int old(void) { return 1; }
