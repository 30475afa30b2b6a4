// Runs one program in the foreground of a terminal, as a shell would, and outlives it: the kernel resets the
// terminal of a session leader that dies, and every exit would look clean. Being this small, its fork costs the
// program next to nothing. Usage: leader REPORT_FD PROGRAM [ARGUMENT…], with the terminal as 0, 1 and 2.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become_program(int report, char **words) {
  sigset_t none;
  struct rlimit no_core = {0, 0};
  struct timespec now;
  setpgid(0, 0);
  tcsetpgrp(0, getpid());
  // Whoever started the measurement may ignore or block signals (nohup, make); the program must not inherit it.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setrlimit(RLIMIT_CORE, &no_core);
  fcntl(report, F_SETFD, FD_CLOEXEC);
  clock_gettime(CLOCK_MONOTONIC, &now);
  dprintf(report, "started %d %lld\n", getpid(), now.tv_sec * 1000000000LL + now.tv_nsec);
  execvp(words[0], words);
  dprintf(report, "failed %s\n", strerror(errno));
  _exit(127);
}

int main(int count, char **words) {
  if (count < 3) return 64;
  int report = atoi(words[1]);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // What the program leaves behind becomes our child, so that orphans can be counted.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  ioctl(0, TIOCSCTTY, 0);
  signal(SIGTTOU, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  pid_t program = fork();
  if (program == 0) become_program(report, words + 2);
  for (;;) {
    int status;
    pid_t ended = waitpid(-1, &status, 0);
    if (ended == program)
      dprintf(report, "ended %d\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    if (ended < 0 && errno == ECHILD) pause();
  }
}
