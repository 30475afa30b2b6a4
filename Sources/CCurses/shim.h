// The wide-character half of ncurses is declared only under this macro of its own.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

// Declared in term.h, whose other declarations would hide Glibc's own from Swift.
extern int setupterm(const char *type, int descriptor, int *reason);

// Swift refuses mutable globals of C (stdscr, COLORS, COLOR_PAIRS): read through functions.
static inline WINDOW *curses_window(void) { return stdscr; }
static inline int curses_colors(void) { return COLORS; }
static inline int curses_pairs(void) { return COLOR_PAIRS; }

// Attribute macros contain casts that Swift doesn't import. Bits: 1 bold, 2 dim, 4 reverse, 8 underline.
static inline attr_t curses_attributes(int bits) {
  return (bits & 1 ? A_BOLD : 0) | (bits & 2 ? A_DIM : 0) | (bits & 4 ? A_REVERSE : 0) |
         (bits & 8 ? A_UNDERLINE : 0);
}

// The colour pair beyond 32767 goes through setcchar's last argument, an untyped pointer.
static inline int curses_set_cell(cchar_t *cell, const wchar_t *text, int bits, int pair) {
  return setcchar(cell, text, curses_attributes(bits), 0, &pair);
}

// The same for one scalar, without an array for its text.
static inline int curses_set_scalar(cchar_t *cell, uint32_t scalar, int bits, int pair) {
  wchar_t text[2] = {(wchar_t)scalar, 0};
  return curses_set_cell(cell, text, bits, pair);
}

// A capability's string, NULL if the terminal hasn't it; ncurses says (char *)-1 for "no string".
static inline const char *curses_capability(const char *name) {
  char *value = tigetstr(name);
  return value == (char *)-1 ? NULL : value;
}

// tparm is variadic.
static inline const char *curses_parameterised(const char *capability, long value) {
  return tparm(capability, value);
}

// wcwidth and memfd_create are not visible through Swift's Glibc module.
static inline int curses_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }
static inline int curses_memory_file(void) { return (int)syscall(SYS_memfd_create, "screen", 1u); }
