/* A program that needs new@VERS_2, which the library in the tree does not define. */
int old(void);
int new(void);
int main(void) { return old() + new(); }
