// The floor: the least that a full-screen program with ncurses can cost. It repaints one line a second,
// moves a selection on the arrow keys, and quits on q. Build: cc -O2 floor.c -lncursesw -ltinfo -o floor
#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { row_count = 40 };

static void draw_row(int row, int selected) {
  if (row == selected) attron(A_REVERSE);
  mvprintw(row + 1, 1,
           "%c service-%02d   healthy   %3d ms   up %2dh   restarts %d   cpu %2d %%   memory %3d MB   "
           "image registry.internal/service-%02d",
           row == selected ? '>' : ' ', row, row * 7 % 90, row % 24, row % 3, row % 100, row * 11 % 900, row);
  clrtoeol();
  if (row == selected) attroff(A_REVERSE);
}

static void draw_clock(void) {
  time_t now = time(NULL);
  char text[32];
  strftime(text, sizeof text, "%H:%M:%S", localtime(&now));
  mvprintw(0, 1, "floor   %d rows   %s", row_count, text);
  clrtoeol();
  // The whole line is sent, as of a line of which every value has changed.
  wredrawln(stdscr, 0, 1);
}

static int milliseconds_to_next_second(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return 1000 - (int)(now.tv_nsec / 1000000) + 1;
}

int main(void) {
  setlocale(LC_CTYPE, "");
  SCREEN *screen = newterm(NULL, stdout, stdin);
  if (!screen) {
    fputs("floor: no such terminal\n", stderr);
    return 69;
  }
  cbreak();
  noecho();
  nonl();
  curs_set(0);
  WINDOW *pad = newpad(1, 1);
  keypad(pad, TRUE);
  nodelay(pad, TRUE);
  set_escdelay(25);
  int selected = 0;
  draw_clock();
  for (int row = 0; row < row_count; row++) draw_row(row, selected);
  refresh();
  for (;;) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, milliseconds_to_next_second()) == 0) {
      draw_clock();
      refresh();
    }
    int before = selected, key;
    while ((key = wgetch(pad)) != ERR) {
      if (key == 'q') {
        endwin();
        delscreen(screen);
        return 0;
      }
      if (key == KEY_DOWN && selected < row_count - 1) selected++;
      if (key == KEY_UP && selected > 0) selected--;
      if (key == KEY_RESIZE) {
        erase();
        for (int row = 0; row < row_count; row++) draw_row(row, selected);
        draw_clock();
        refresh();
      }
    }
    if (selected != before) {
      draw_row(before, selected);
      draw_row(selected, selected);
      refresh();
    }
    if (input.revents & (POLLHUP | POLLERR)) return 1;
  }
}
