#ifndef CGUARD_H
#define CGUARD_H

#include <stddef.h>

struct termios;

// What must work when nothing else does: the terminal is given back from inside a signal handler,
// with async-signal-safe calls only. Swift code can't promise that, which is why this is C.

/// Takes over the crash signals (SEGV, BUS, ILL, TRAP, FPE, ABRT, SYS) on a stack of their own, in place
/// of the language's backtracer, and forbids core dumps: memory holds secrets. The first call of main.
void guard_install(const char *program);

/// From now on a crash gives the terminal back: `saved` is set on `tty`, then `restore` is written to it.
/// Returns 0, or -1 if the bytes are too many. May be called again at any time.
int guard_arm(int tty, const struct termios *saved, const void *restore, size_t length);

/// The terminal is as it was; a crash only says so.
void guard_disarm(void);

/// Sends stderr to a file of mode 0600 (appended to, no links followed). Returns 0 or -1 with errno.
int guard_redirect_stderr(const char *path);

/// Undoes guard_redirect_stderr.
void guard_restore_stderr(void);

/// For an ending signal whose handler only wakes the loop: if the same signal comes again half a second
/// or more later and the loop has not acknowledged the first, the terminal is restored and the signal
/// ends the process. Called after the loop has installed its own handler. Returns 0 or -1 with errno.
int guard_watch(int signal);

/// The loop lives: ending signals up to now have been seen.
void guard_acknowledge(void);

#endif
