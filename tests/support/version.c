#include "support/support.h"

#include "base/version.h"

/* The library must not be empty; the version is what every test may want to print. */
const char *wt_test_version(void);
const char *wt_test_version(void) {
    return WT_VERSION;
}
