// getopt_long answers through global variables, which Swift 6 can't read safely: functions here do.
#include <getopt.h>

/// The next option's character or value; -1 at the end, '?' for one that is unknown, ':' without its argument.
static inline int cgetopt_next(int count, char *const *arguments, const char *letters,
                               const struct option *options) {
  opterr = 0;
  return getopt_long(count, arguments, letters, options, 0);
}

/// The argument of the option that was just returned, or NULL.
static inline const char *cgetopt_argument(void) { return optarg; }

/// The character or value of the option that '?' or ':' was returned for; 0 if it is unknown.
static inline int cgetopt_offender(void) { return optopt; }

/// The index of the next element to be read.
static inline int cgetopt_index(void) { return optind; }

/// Starts over: 0 makes glibc forget all state.
static inline void cgetopt_reset(void) { optind = 0; }
