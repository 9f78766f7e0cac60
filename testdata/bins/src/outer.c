/* A library that needs another one. */
int inner(void);
int outer(void) { return inner(); }
