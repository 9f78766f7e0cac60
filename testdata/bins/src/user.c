/* A program that needs libouter.so, which needs libinner.so. */
int outer(void);
int main(void) { return outer(); }
