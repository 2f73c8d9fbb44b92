/*
 * Stands between a process and the files below one folder: records what it does to them, or fails, or kills the
 * process, at chosen calls. Preloaded (LD_PRELOAD) and driven by shim.ts, which mirrors the two structs below.
 *
 *   LYFTR_SHIM_FOLDER    the folder, as realpath names it; without it everything passes
 *   LYFTR_SHIM_CONTROL   a file of RULES_MAX rules, mapped shared: what is written into it holds from then on
 *   LYFTR_SHIM_TRACE     a file that gets every event, in one order
 *   LYFTR_SHIM_NO_SYNC   when set, syncs are neither done nor recorded
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RULES_MAX = 8, NAMES_MAX = 64, NAME_BYTES_MAX = 256, FDS_MAX = 4096 };
enum call { OPEN = 1, WRITE = 2, TRUNCATE = 4, SYNC = 8, UNLINK = 16, RENAME = 32, READ = 64 };
enum action { OFF, COUNT, FAIL, KILL_BEFORE, KILL_MIDDLE, KILL_AFTER };
enum event { NAMED = 1, CREATED, FOLDER_MADE, WRITTEN, TRUNCATED, UNLINKED, RENAMED, SYNC_BEGUN, SYNC_DONE, SYNC_FAILED };

struct rule {
  _Atomic uint32_t action;
  uint32_t calls; /* which kinds, as a set of enum call */
  uint32_t error; /* errno for FAIL */
  uint32_t after; /* 0, or the number (from 1) of a rule that must have hit before this one counts */
  _Atomic int64_t calls_left; /* so many matching calls pass first */
  _Atomic int64_t bytes_left; /* so many written bytes pass first */
  _Atomic uint64_t hits;
  uint32_t times; /* 0, or how many calls it acts on */
  char pattern[20]; /* of the file's name, without its folder */
};

struct record {
  uint32_t event;
  uint32_t file; /* the number that a NAMED event gave to a name */
  uint64_t nanos; /* CLOCK_MONOTONIC */
  uint64_t offset; /* of a write; the new size; the number of the new name, or of the sync */
  uint64_t length; /* of the bytes that follow: what was written, or a name */
};

static const char *folder;
static struct rule *rules;
static int trace = -1;
static bool no_sync;
/* Number 0 is no name: whatever has it is not below the folder. */
static char names[NAMES_MAX][NAME_BYTES_MAX];
static int name_count = 1;
static _Atomic uint8_t file_of[FDS_MAX];
static _Atomic uint64_t syncs;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name)                                                                                                     \
  static __typeof__(&name) real;                                                                                       \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

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

static int number_at(int fd) { return fd >= 0 && fd < FDS_MAX ? file_of[fd] : 0; }

/* The rule that acts on this call; NULL when it passes. */
static struct rule *judge(int file, enum call call, size_t bytes) {
  if (file == 0 || rules == NULL) return NULL;
  const char *slash = strrchr(names[file], '/');
  const char *name = slash == NULL ? names[file] : slash + 1;
  for (struct rule *rule = rules; rule < rules + RULES_MAX; rule += 1) {
    if (rule->action == OFF || (rule->calls & call) == 0) continue;
    if (rule->after != 0 && rules[rule->after - 1].hits == 0) continue;
    if (fnmatch(rule->pattern, name, FNM_EXTMATCH) != 0) continue;
    if (bytes > 0 && atomic_fetch_sub(&rule->bytes_left, (int64_t)bytes) >= (int64_t)bytes) continue;
    if (atomic_fetch_sub(&rule->calls_left, 1) > 0) continue;
    uint64_t before = atomic_fetch_add(&rule->hits, 1);
    if (rule->times != 0 && before >= rule->times) continue;
    if (rule->action != COUNT) return rule;
  }
  return NULL;
}

static bool does(const struct rule *rule, enum action action) { return rule != NULL && rule->action == action; }

static void die_if(bool now) {
  while (now) kill(getpid(), SIGKILL);
}

/* True when the call must fail; dies when the rule says so. */
static bool refused(const struct rule *rule) {
  die_if(does(rule, KILL_BEFORE));
  if (!does(rule, FAIL)) return false;
  errno = (int)rule->error;
  return true;
}

static void die_behind(const struct rule *rule) { die_if(does(rule, KILL_MIDDLE) || does(rule, KILL_AFTER)); }

static int open_with(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int file = number_of(path);
  bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  struct rule *rule = writes ? judge(file, OPEN, 0) : NULL;
  if (refused(rule)) return -1;
  if (file != 0) pthread_mutex_lock(&order);
  bool creates = file != 0 && (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  int fd = real(path, flags, mode);
  if (fd >= 0 && creates) record(CREATED, file, 0, NULL, 0);
  if (fd >= 0 && fd < FDS_MAX) file_of[fd] = (uint8_t)file;
  if (file != 0) pthread_mutex_unlock(&order);
  die_behind(rule);
  return fd;
}

#define OPENED(name)                                                                                                   \
  int name(const char *path, int flags, ...) {                                                                         \
    REAL(name);                                                                                                        \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                                     \
    va_end(more);                                                                                                      \
    return open_with(real, path, flags, mode);                                                                         \
  }
OPENED(open)
OPENED(open64)

int close(int fd) {
  REAL(close);
  if (fd >= 0 && fd < FDS_MAX) file_of[fd] = 0;
  return real(fd);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  int file = number_of(path);
  int result = real(path, mode);
  if (file != 0 && result == 0) record_alone(FOLDER_MADE, file, 0);
  return result;
}

static ssize_t write_whole(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(pwrite);
  return real(fd, bytes, length, offset);
}

/* Of a file below the folder. */
static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
  int file = number_at(fd);
  struct rule *rule = judge(file, WRITE, length);
  if (refused(rule)) return -1;
  pthread_mutex_lock(&order);
  ssize_t written = write_whole(fd, bytes, does(rule, KILL_MIDDLE) ? length / 2 : length, offset);
  if (written > 0) record(WRITTEN, file, (uint64_t)offset, bytes, (size_t)written);
  pthread_mutex_unlock(&order);
  die_behind(rule);
  return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  if (number_at(fd) == 0) return real(fd, bytes, length);
  off_t offset = lseek(fd, 0, SEEK_CUR);
  ssize_t written = write_at(fd, bytes, length, offset);
  if (written > 0) lseek(fd, offset + written, SEEK_SET);
  return written;
}

#define WRITTEN_AT(name, offset_t)                                                                                     \
  ssize_t name(int fd, const void *bytes, size_t length, offset_t offset) {                                            \
    return number_at(fd) == 0 ? write_whole(fd, bytes, length, offset) : write_at(fd, bytes, length, offset);          \
  }
WRITTEN_AT(pwrite, off_t)
WRITTEN_AT(pwrite64, off64_t)

#define READ_AS(name, parameters, arguments)                                                                           \
  ssize_t name parameters {                                                                                            \
    REAL(name);                                                                                                        \
    return refused(judge(number_at(fd), READ, 0)) ? -1 : real arguments;                                               \
  }
READ_AS(read, (int fd, void *bytes, size_t length), (fd, bytes, length))
READ_AS(pread, (int fd, void *bytes, size_t length, off_t offset), (fd, bytes, length, offset))
READ_AS(pread64, (int fd, void *bytes, size_t length, off64_t offset), (fd, bytes, length, offset))

static int resize(int (*real)(int, off_t), int fd, off_t size) {
  int file = number_at(fd);
  if (file == 0) return real(fd, size);
  struct stat before;
  bool grows = fstat(fd, &before) == 0 && size > before.st_size;
  struct rule *rule = judge(file, TRUNCATE, grows ? (size_t)(size - before.st_size) : 0);
  /* A full disk has room for a file that shrinks. */
  bool passes = does(rule, FAIL) && rule->error == ENOSPC && !grows;
  if (!passes && refused(rule)) return -1;
  pthread_mutex_lock(&order);
  int result = real(fd, size);
  if (result == 0) record(TRUNCATED, file, (uint64_t)size, NULL, 0);
  pthread_mutex_unlock(&order);
  die_behind(rule);
  return result;
}

#define RESIZED(name, offset_t)                                                                                        \
  int name(int fd, offset_t size) {                                                                                    \
    REAL(name);                                                                                                        \
    return resize(real, fd, size);                                                                                     \
  }
RESIZED(ftruncate, off_t)
RESIZED(ftruncate64, off64_t)

/* Other writes may go on meanwhile, and are not covered: `order` is not held. */
static int sync_with(int (*real)(int), int fd) {
  int file = number_at(fd);
  if (file == 0) return real(fd);
  struct rule *rule = judge(file, SYNC, 0);
  if (refused(rule)) {
    int error = errno;
    record_alone(SYNC_FAILED, file, 0);
    errno = error;
    return -1;
  }
  if (no_sync) return 0;
  die_if(does(rule, KILL_MIDDLE));
  uint64_t number = atomic_fetch_add(&syncs, 1);
  record_alone(SYNC_BEGUN, file, number);
  int result = real(fd);
  if (result == 0) record_alone(SYNC_DONE, file, number);
  die_behind(rule);
  return result;
}

#define SYNCED(name)                                                                                                   \
  int name(int fd) {                                                                                                   \
    REAL(name);                                                                                                        \
    return sync_with(real, fd);                                                                                        \
  }
SYNCED(fsync)
SYNCED(fdatasync)

int unlink(const char *path) {
  REAL(unlink);
  int file = number_of(path);
  struct rule *rule = judge(file, UNLINK, 0);
  if (refused(rule)) return -1;
  pthread_mutex_lock(&order);
  int result = real(path);
  if (file != 0 && result == 0) record(UNLINKED, file, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  die_behind(rule);
  return result;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  int file = number_of(from);
  int target = number_of(to);
  struct rule *rule = judge(file, RENAME, 0);
  if (refused(rule)) return -1;
  pthread_mutex_lock(&order);
  int result = real(from, to);
  if (file != 0 && result == 0) record(RENAMED, file, (uint64_t)target, NULL, 0);
  pthread_mutex_unlock(&order);
  die_behind(rule);
  return result;
}

__attribute__((constructor)) static void begin(void) {
  const char *control = getenv("LYFTR_SHIM_CONTROL");
  const char *traced = getenv("LYFTR_SHIM_TRACE");
  no_sync = getenv("LYFTR_SHIM_NO_SYNC") != NULL;
  if (traced != NULL) trace = open(traced, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (control != NULL) {
    int fd = open(control, O_RDWR | O_CLOEXEC);
    void *mapped = mmap(NULL, RULES_MAX * sizeof(struct rule), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) abort();
    rules = mapped;
  }
  folder = getenv("LYFTR_SHIM_FOLDER");
}
