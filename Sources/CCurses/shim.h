// The wide-character half of ncurses is declared only under this macro of its own.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
