/* Texts against golden files, byte for byte. UPDATE=1 in the environment rewrites them; review the
 * diff. */
#ifndef TEST_RESULTS_GOLDEN_H
#define TEST_RESULTS_GOLDEN_H

/* Compare with tests/results/golden/NAME, times hidden, and free the text. */
void check_golden(const char *name, char *text);

#endif
