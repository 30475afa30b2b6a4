#include "cguard.h"

int cguard_version(void) { return 1; }
