/* The health check of the image: asks /health/ready of the node in this container, and exits with 0 when it answers 200.
 * A program of its own, since a JVM a check would cost a tenth of a core, and the image has neither a shell nor curl.
 * Linked statically: it needs nothing of the base image. The host of HOLDFAST_NODE_API is looked up in /etc/hosts alone,
 * where Docker writes the name of each container. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 2

static int address_of(const char *host, struct in_addr *found) {
  if (inet_pton(AF_INET, host, found) == 1) return 1;
  FILE *hosts = fopen("/etc/hosts", "r");
  if (hosts == NULL) return 0;
  char line[1024];
  int hit = 0;
  while (!hit && fgets(line, sizeof line, hosts) != NULL) {
    char *rest = NULL;
    char *address = strtok_r(line, " \t\n", &rest);
    if (address == NULL || inet_pton(AF_INET, address, found) != 1) continue;
    for (char *name; !hit && (name = strtok_r(NULL, " \t\n", &rest)) != NULL && name[0] != '#';) {
      hit = strcmp(name, host) == 0;
    }
  }
  fclose(hosts);
  return hit;
}

static int fail(const char *what, const char *where) {
  fprintf(stderr, "%s %s\n", what, where);
  return 1;
}

int main(void) {
  const char *api = getenv("HOLDFAST_NODE_API");
  char host[256] = "127.0.0.1";
  int port = 7600;
  if (api != NULL && sscanf(api, "%255[^:]:%d", host, &port) != 2) return fail("cannot read HOLDFAST_NODE_API", api);

  struct sockaddr_in node = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (!address_of(host, &node.sin_addr)) return fail("no address in /etc/hosts for", host);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
  if (connection < 0 || setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
      connect(connection, (struct sockaddr *)&node, sizeof node) != 0) {
    return fail("cannot connect to", host);
  }
  char text[512];
  int length =
      snprintf(text, sizeof text, "GET /health/ready HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n", host, port);
  if (send(connection, text, length, MSG_NOSIGNAL) != length) return fail("cannot ask", host);
  ssize_t got = recv(connection, text, sizeof text - 1, 0);
  if (got <= 0) return fail("no answer from", host);
  text[got] = '\0';
  if (strncmp(text, "HTTP/1.1 200", 12) == 0) return 0;
  *strchrnul(text, '\r') = '\0';
  return fail("not ready:", text);
}
