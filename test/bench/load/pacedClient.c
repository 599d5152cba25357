/*
 * The least that a client of HTTP/1.1 at a rate can do: one connection, a request each 1/rate seconds, no recording but the time from the
 * write to the answer. It waits the way the generator does, without giving its core away. What it measures beside a client without pauses is
 * what a pause costs the service and the machine, whoever the client is.
 *
 * pacedClient PORT RATE SECONDS prints "p50 US p99 US".
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int port = atoi(argv[1]);
  double rate = atof(argv[2]), seconds = atof(argv[3]);
  int requests = rate * seconds;

  int connection = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection, F_SETFL, O_NONBLOCK);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(poll, EPOLL_CTL_ADD, connection, &event);

  char request[100], answer[65536];
  int length = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n\r\n", port);
  double *took = malloc(requests * sizeof *took);
  double start = now_us();
  for (int i = 0; i < requests; i++) {
    while (now_us() < start + i * 1e6 / rate) epoll_wait(poll, &event, 1, 0);
    double sent = now_us();
    if (write(connection, request, length) != length) return 1;
    do {
      while (epoll_wait(poll, &event, 1, 0) < 1);
    } while (read(connection, answer, sizeof answer) <= 0);
    took[i] = now_us() - sent;
  }
  qsort(took, requests, sizeof *took, ascending);
  printf("p50 %.1f p99 %.1f\n", took[requests / 2], took[requests * 99 / 100]);
  return 0;
}
