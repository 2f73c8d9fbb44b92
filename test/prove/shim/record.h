/* What happens to files, in one order: names get numbers, and every event goes to the trace. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

enum { NAMES_MAX = 64, NAME_BYTES_MAX = 256 };
enum event { NAMED = 1, CREATED, FOLDER_MADE, WRITTEN, TRUNCATED, UNLINKED, RENAMED, SYNC_BEGUN, SYNC_DONE, SYNC_FAILED };

struct record {
  uint32_t event;
  uint32_t file; /* the number that a NAMED event gave to a name */
  uint64_t nanos; /* CLOCK_MONOTONIC */
  uint64_t offset; /* of a write; the new size; the number of the new name, or of the sync */
  uint64_t length; /* of the bytes that follow: what was written, or a name */
};

static const char *folder;
static int trace = -1;
/* Number 0 is no name: whatever has it is not below the folder. */
static char names[NAMES_MAX][NAME_BYTES_MAX];
static int name_count = 1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

/* The caller holds `order`. */
static void record(enum event event, int file, uint64_t offset, const void *bytes, size_t length) {
  if (trace < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct record head = {event, (uint32_t)file, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, offset, length};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, length}};
  if (writev(trace, parts, length > 0 ? 2 : 1) != (ssize_t)(sizeof head + length)) abort();
}

static void record_alone(enum event event, int file, uint64_t offset) {
  pthread_mutex_lock(&order);
  record(event, file, offset, NULL, 0);
  pthread_mutex_unlock(&order);
}

static int number_of(const char *path) {
  size_t length = folder == NULL ? 0 : strlen(folder);
  if (folder == NULL || path == NULL || strncmp(path, folder, length) != 0) return 0;
  if (path[length] != '\0' && path[length] != '/') return 0;
  const char *name = path[length] == '/' ? path + length + 1 : "";
  pthread_mutex_lock(&order);
  int number = 1;
  while (number < name_count && strcmp(names[number], name) != 0) number += 1;
  if (number == name_count) {
    if (number == NAMES_MAX || strlen(name) >= NAME_BYTES_MAX) abort();
    strcpy(names[number], name);
    name_count += 1;
    record(NAMED, number, 0, name, strlen(name));
  }
  pthread_mutex_unlock(&order);
  return number;
}
