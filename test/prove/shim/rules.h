/* Which calls fail, and which are the last; record.h comes before it. */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

enum { RULES_MAX = 8 };
enum call { OPEN = 1, WRITE = 2, TRUNCATE = 4, SYNC = 8, UNLINK = 16, RENAME = 32, READ = 64 };
enum action { OFF, COUNT, FAIL, KILL_BEFORE, KILL_MIDDLE, KILL_AFTER };

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

static struct rule *rules;

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
