#ifndef CGUARD_H
#define CGUARD_H

/// Keeps what the terminal restore needs; the rest of this module follows with the screen.
int cguard_version(void);

#endif
