/*
 * Stands between a process and the files below one folder: records what it does to them, or fails, or kills the
 * process, at chosen calls. Preloaded (LD_PRELOAD) and driven by shim.ts; it and trace.ts mirror the structs of the
 * two headers.
 *
 *   LYFTR_SHIM_FOLDER    the folder, as realpath names it; without it everything passes
 *   LYFTR_SHIM_CONTROL   a file of RULES_MAX rules, mapped shared: what is written into it holds from then on
 *   LYFTR_SHIM_TRACE     a file that gets every event, in one order
 *   LYFTR_SHIM_NO_SYNC   when set, syncs are neither done nor recorded
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "record.h"
#include "rules.h"

enum { FDS_MAX = 4096 };
static bool no_sync;
static _Atomic uint64_t syncs;
static _Atomic uint8_t file_of[FDS_MAX];

#define REAL(name)                                                                                                     \
  static __typeof__(&name) real;                                                                                       \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* libuv closes files past close(), so that a socket may have got the descriptor of one. */
static int number_at(int fd) {
  if (fd < 0 || fd >= FDS_MAX || file_of[fd] == 0) return 0;
  struct stat now;
  if (fstat(fd, &now) != 0 || (!S_ISREG(now.st_mode) && !S_ISDIR(now.st_mode))) file_of[fd] = 0;
  return file_of[fd];
}

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
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;                                                   \
    va_end(more);                                                                                                      \
    return open_with(real, path, flags, mode);                                                                         \
  }
OPENED(open)
OPENED(open64)

/* An absolute path is one whatever the folder; others nobody opens here. */
int openat(int at, const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (path[0] == '/') return open(path, flags, mode);
  REAL(openat);
  int fd = real(at, path, flags, mode);
  if (fd >= 0 && fd < FDS_MAX) file_of[fd] = 0;
  return fd;
}

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
