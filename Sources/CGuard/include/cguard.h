#ifndef CGUARD_H
#define CGUARD_H

#include <stddef.h>
#include <termios.h>

/// The modes of a terminal, whole: Swift would have to import whichever C module declared termios first.
struct guard_modes {
  struct termios modes;
};

// What must work when nothing else does: the terminal is given back from inside a signal handler,
// with async-signal-safe calls only. Swift code can't promise that, which is why this is C.

/// Takes over the crash signals (SEGV, BUS, ILL, TRAP, FPE, ABRT, SYS) on a stack of their own, in place
/// of the language's backtracer, and forbids core dumps: memory holds secrets. Whatever the parent blocked or
/// ignored of what the program lives by is heard again: else it never learns of its children's end. The first
/// call of main.
void guard_install(const char *program);

/// From now on a crash gives the terminal back: `saved` is set on `tty`, then `restore` is written to it.
/// Returns 0, or -1 if the bytes are too many. May be called again at any time.
int guard_arm(int tty, const struct guard_modes *saved, const void *restore, size_t length);

/// Reads the modes of a terminal. Returns 0 or -1 with errno.
int guard_read_modes(int tty, struct guard_modes *modes);

/// Each byte in and out as it is, no echo, no signals from keys: `found` changed so, and set.
int guard_set_raw(int tty, const struct guard_modes *found);

/// Sets the modes of a terminal.
int guard_set_modes(int tty, const struct guard_modes *modes);

/// Ends the process by `signal` with its default action, so that the parent sees what ended it.
void guard_raise(int signal);

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
