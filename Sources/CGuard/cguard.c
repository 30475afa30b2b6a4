#define _GNU_SOURCE
#include "cguard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { restore_limit = 512, path_limit = 512, signal_limit = 65, patience_ms = 500 };

static char program_name[64] = "program";
static volatile sig_atomic_t is_armed;
static pid_t owner;
static int tty_fd = -1;
static struct termios tty_saved;
static char tty_restore[restore_limit];
static size_t tty_restore_length;
static int original_stderr = -1;
static char stderr_path[path_limit];
static struct sigaction watched[signal_limit];
static volatile sig_atomic_t is_pending[signal_limit];
static int64_t pending_since[signal_limit];
static char alternate_stack[64 * 1024] __attribute__((aligned(16)));

static const struct {
  int number;
  const char *name;
} crashes[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"},
               {SIGFPE, "SIGFPE"},   {SIGABRT, "SIGABRT"}, {SIGSYS, "SIGSYS"}};
enum { crash_count = sizeof crashes / sizeof crashes[0] };

// What the program waits for or is ended by. Not HUP, which nohup ignores on purpose, and not the stops, which
// a shell without job control does.
static const int awaited[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGWINCH, SIGCONT};

// Writes as much as the descriptor takes within the patience; a terminal that is stopped or gone must not
// keep a dying process.
static void write_patiently(int fd, const char *bytes, size_t length) {
  int waits = 0;
  while (length > 0) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, patience_ms / 10) <= 0) {
      if (++waits >= 10) return;
      continue;
    }
    ssize_t written = write(fd, bytes, length);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN && ++waits < 10) continue;
      return;
    }
    bytes += written;
    length -= (size_t)written;
  }
}

static void restore_terminal(void) {
  if (!is_armed || getpid() != owner) return;
  is_armed = 0;
  // In a background job tcsetattr would stop the process instead of restoring.
  sigset_t ttou;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &ttou, NULL);
  write_patiently(tty_fd, tty_restore, tty_restore_length);
  tcsetattr(tty_fd, TCSANOW, &tty_saved);
}

static void end_by(int number) {
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  sigaction(number, &standard, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
  _exit(128 + number);
}

static void say(const char *text) {
  write_patiently(original_stderr >= 0 ? original_stderr : STDERR_FILENO, text, strlen(text));
}

static void on_crash(int number) {
  int was_armed = is_armed && getpid() == owner;
  restore_terminal();
  const char *name = "a signal";
  for (int i = 0; i < crash_count; i++)
    if (crashes[i].number == number) name = crashes[i].name;
  say(program_name);
  say(": crashed (");
  say(name);
  say(")");
  if (was_armed) say("; the terminal was restored");
  if (original_stderr >= 0) {
    say("; the reason is in ");
    say(stderr_path);
  }
  say("\n");
  end_by(number);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_watched(int number, siginfo_t *info, void *context) {
  int error = errno;
  const struct sigaction *before = &watched[number];
  int is_default = !(before->sa_flags & SA_SIGINFO) && before->sa_handler == SIG_DFL;
  if (is_default || (is_pending[number] && now_ms() - pending_since[number] >= patience_ms)) {
    restore_terminal();
    end_by(number);
  }
  if (!is_pending[number]) {
    is_pending[number] = 1;
    pending_since[number] = now_ms();
  }
  if (before->sa_flags & SA_SIGINFO)
    before->sa_sigaction(number, info, context);
  else if (before->sa_handler != SIG_IGN)
    before->sa_handler(number);
  errno = error;
}

void guard_install(const char *program) {
  strncpy(program_name, program, sizeof program_name - 1);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  for (size_t i = 0; i < sizeof awaited / sizeof awaited[0]; i++) signal(awaited[i], SIG_DFL);
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, NULL);
  stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  sigaltstack(&stack, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i].number, &action, NULL);
}

int guard_arm(int tty, const struct guard_modes *saved, const void *restore, size_t length) {
  if (length > restore_limit) return -1;
  is_armed = 0;
  owner = getpid();
  tty_fd = tty;
  tty_saved = saved->modes;
  memcpy(tty_restore, restore, length);
  tty_restore_length = length;
  is_armed = 1;
  return 0;
}

void guard_disarm(void) { is_armed = 0; }

int guard_redirect_stderr(const char *path) {
  if (original_stderr >= 0) return 0;
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (fchmod(file, 0600) < 0 || kept < 0 || dup2(file, STDERR_FILENO) < 0) {
    int error = errno;
    close(file);
    if (kept >= 0) close(kept);
    errno = error;
    return -1;
  }
  close(file);
  strncpy(stderr_path, path, sizeof stderr_path - 1);
  original_stderr = kept;
  return 0;
}

void guard_restore_stderr(void) {
  if (original_stderr < 0) return;
  dup2(original_stderr, STDERR_FILENO);
  close(original_stderr);
  original_stderr = -1;
}

int guard_watch(int number) {
  if (number <= 0 || number >= signal_limit) {
    errno = EINVAL;
    return -1;
  }
  struct sigaction current;
  if (sigaction(number, NULL, &current) < 0) return -1;
  if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == on_watched) return 0;
  watched[number] = current;
  is_pending[number] = 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_watched;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return sigaction(number, &action, NULL);
}

void guard_acknowledge(void) {
  for (int number = 1; number < signal_limit; number++) is_pending[number] = 0;
}

int guard_read_modes(int tty, struct guard_modes *modes) { return tcgetattr(tty, &modes->modes); }

int guard_set_raw(int tty, const struct guard_modes *found) {
  struct termios raw = found->modes;
  raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON | IXOFF | PARMRK);
  raw.c_oflag &= ~(tcflag_t)OPOST;
  raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
  // With VMIN 0, as some program may have left it, "nothing there" would read like the end of the terminal.
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return tcsetattr(tty, TCSANOW, &raw);
}

int guard_set_modes(int tty, const struct guard_modes *modes) {
  return tcsetattr(tty, TCSANOW, &modes->modes);
}

void guard_raise(int number) {
  signal(number, SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  raise(number);
}
