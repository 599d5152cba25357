/*
 * Keeps a core from falling idle for longer than 50 us, and takes next to nothing of it: it wakes, and sleeps again. In the class of idle
 * tasks, so that its waking never takes the core from anybody. Runs until it is killed.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

int main(void) {
  const struct sched_param none = {0};
  if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) return 1;
  prctl(PR_SET_TIMERSLACK, 1);
  const struct timespec nap = {0, 50000};
  for (;;) clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, 0);
}
