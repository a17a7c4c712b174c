/* A shared library that is no plugin. */
int tollgate_test_nothing(void);
int tollgate_test_nothing(void) {
  return 0;
}
