// PCRE2 has no header for one width: the width is chosen before it is read, which Swift's importer can't do.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
