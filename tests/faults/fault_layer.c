/* Put in front of the C library with LD_PRELOAD: makes chosen calls on files below one folder fail.
 *
 * HISTO_FAULT_FOLDER  the folder, an absolute path
 * HISTO_FAULT_CALL    open (for writing, mkdir), look (open for reading), read, write, name (rename, link), sync, close
 *                     (of what was written to), remove
 * HISTO_FAULT_AT      the how manieth such call, from 1; 0 fails none and only counts
 * HISTO_FAULT_LASTING 1: all such calls from that one on
 * HISTO_FAULT_WITH    the number of an error, "short" for a part of what was asked for, or "kill" and "term" for a
 *                     signal to the own process just before the call
 * HISTO_FAULT_REPORT  a file that gets a line for the first fault, and with HISTO_FAULT_AT=0 the counts at exit
 *
 * What a library does inside of itself passes by: the C library's streams are caught at their own functions, and pages
 * of a mapped file not at all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_OPEN, CALL_LOOK, CALL_READ, CALL_WRITE, CALL_NAME, CALL_SYNC, CALL_CLOSE, CALL_REMOVE, CALLS };
enum verdict { PASS, FAIL, SHORTEN };

static const char *const names[CALLS] = {"open", "look", "read", "write", "name", "sync", "close", "remove"};
static atomic_long counts[CALLS];
static atomic_flag reported = ATOMIC_FLAG_INIT;
static const char *folder;
static const char *with;
static const char *report;
static size_t folder_length;
static int chosen = -1;
static long at;
static int lasting;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? "" : value;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void configure(void) {
  folder = setting("HISTO_FAULT_FOLDER");
  folder_length = strlen(folder);
  with = setting("HISTO_FAULT_WITH");
  report = setting("HISTO_FAULT_REPORT");
  at = atol(setting("HISTO_FAULT_AT"));
  lasting = strcmp(setting("HISTO_FAULT_LASTING"), "1") == 0;
  for (int i = 0; i < CALLS; ++i) {
    if (strcmp(names[i], setting("HISTO_FAULT_CALL")) == 0) chosen = i;
  }
}

/* By system calls alone: the layer must not meet itself. */
static void append_report(const char *text) {
  if (*report == '\0') return;
  const long file = syscall(SYS_openat, AT_FDCWD, report, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (file < 0) return;
  syscall(SYS_write, file, text, strlen(text));
  syscall(SYS_close, file);
}

__attribute__((destructor)) static void report_counts(void) {
  pthread_once(&once, configure);
  if (at != 0) return;
  char text[512] = "";
  for (int i = 0; i < CALLS; ++i) {
    char part[64];
    snprintf(part, sizeof part, "%s %ld\n", names[i], atomic_load(&counts[i]));
    strcat(text, part);
  }
  append_report(text);
}

static int is_below(const char *path) {
  if (folder_length == 0) return 0;
  char whole[2 * PATH_MAX];
  if (path[0] != '/') {
    if (getcwd(whole, PATH_MAX) == NULL) return 0;
    strcat(whole, "/");
    strncat(whole, path, PATH_MAX - 1);
    path = whole;
  }
  return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == '\0');
}

static enum verdict decide(enum call call, const char *path) {
  const long number = atomic_fetch_add(&counts[call], 1) + 1;
  if ((int)call != chosen || at == 0 || !(number == at || (lasting && number > at))) return PASS;
  if (!atomic_flag_test_and_set(&reported)) {
    char text[PATH_MAX + 128];
    snprintf(text, sizeof text, "%s %ld %s %s\n", names[call], number, with, path);
    append_report(text);
  }
  if (strcmp(with, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(with, "term") == 0) kill(getpid(), SIGTERM);
  if (strcmp(with, "short") == 0) return SHORTEN;
  const int error = atoi(with);
  if (error == 0) return PASS;
  errno = error;
  return FAIL;
}

static enum verdict on_path(enum call call, const char *path) {
  pthread_once(&once, configure);
  return is_below(path) ? decide(call, path) : PASS;
}

static enum verdict on_file(enum call call, int file) {
  pthread_once(&once, configure);
  if (folder_length == 0) return PASS;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const int before = errno;
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return PASS;
  path[length] = '\0';
  if (!is_below(path)) return PASS;
  if (call == CALL_CLOSE && (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDONLY) return PASS;
  return decide(call, path);
}

static enum verdict on_open(const char *path, int writes) { return on_path(writes ? CALL_OPEN : CALL_LOOK, path); }

/* A part of it, and never nothing: nothing would be the end. */
static size_t part_of(size_t count) { return count > 1 ? count / 2 : count; }

#define REAL(type, name, ...)                                                    \
  static type (*real)(__VA_ARGS__);                                              \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

static int writes_with(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0; }

#define MODE_OF(flags, last)                                                     \
  mode_t mode = 0;                                                               \
  if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {          \
    va_list more;                                                                \
    va_start(more, last);                                                        \
    mode = va_arg(more, mode_t);                                                 \
    va_end(more);                                                                \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags, flags)
  REAL(int, "open", const char *, int, ...);
  return on_open(path, writes_with(flags)) == FAIL ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags, flags)
  REAL(int, "open64", const char *, int, ...);
  return on_open(path, writes_with(flags)) == FAIL ? -1 : real(path, flags, mode);
}

/* Relative to a folder's descriptor a path is not judged; only a library's walk through folders does that. */
int openat(int at_folder, const char *path, int flags, ...) {
  MODE_OF(flags, flags)
  REAL(int, "openat", int, const char *, int, ...);
  if (at_folder == AT_FDCWD && on_open(path, writes_with(flags)) == FAIL) return -1;
  return real(at_folder, path, flags, mode);
}

static int stream_writes(const char *mode) { return strpbrk(mode, "wa+") != NULL; }

FILE *fopen(const char *path, const char *mode) {
  REAL(FILE *, "fopen", const char *, const char *);
  return on_open(path, stream_writes(mode)) == FAIL ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
  REAL(FILE *, "fopen64", const char *, const char *);
  return on_open(path, stream_writes(mode)) == FAIL ? NULL : real(path, mode);
}

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  return on_path(CALL_OPEN, path) == FAIL ? -1 : real(path, mode);
}

ssize_t read(int file, void *bytes, size_t count) {
  REAL(ssize_t, "read", int, void *, size_t);
  const enum verdict verdict = on_file(CALL_READ, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  const enum verdict verdict = on_file(CALL_READ, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count, offset);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) {
  REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
  const enum verdict verdict = on_file(CALL_READ, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count, offset);
}

/* A stream is never short: it is the C library that goes on. */
size_t fread(void *bytes, size_t size, size_t count, FILE *stream) {
  REAL(size_t, "fread", void *, size_t, size_t, FILE *);
  return on_file(CALL_READ, fileno(stream)) == FAIL ? 0 : real(bytes, size, count, stream);
}

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  const enum verdict verdict = on_file(CALL_WRITE, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  const enum verdict verdict = on_file(CALL_WRITE, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  const enum verdict verdict = on_file(CALL_WRITE, file);
  return verdict == FAIL ? -1 : real(file, bytes, verdict == SHORTEN ? part_of(count) : count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  const enum verdict verdict = on_file(CALL_WRITE, file);
  if (verdict == SHORTEN && count > 0 && parts[0].iov_len > 0) {
    struct iovec first = parts[0];
    first.iov_len = part_of(first.iov_len);
    return real(file, &first, 1);
  }
  return verdict == FAIL ? -1 : real(file, parts, count);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
  REAL(size_t, "fwrite", const void *, size_t, size_t, FILE *);
  return on_file(CALL_WRITE, fileno(stream)) == FAIL ? 0 : real(bytes, size, count, stream);
}

int fflush(FILE *stream) {
  REAL(int, "fflush", FILE *);
  if (stream != NULL && on_file(CALL_WRITE, fileno(stream)) == FAIL) return EOF;
  return real(stream);
}

int ftruncate(int file, off_t length) {
  REAL(int, "ftruncate", int, off_t);
  return on_file(CALL_WRITE, file) == FAIL ? -1 : real(file, length);
}

int ftruncate64(int file, off64_t length) {
  REAL(int, "ftruncate64", int, off64_t);
  return on_file(CALL_WRITE, file) == FAIL ? -1 : real(file, length);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  return on_path(CALL_NAME, to) == FAIL ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  return on_path(CALL_NAME, to) == FAIL ? -1 : real(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  if (to_folder == AT_FDCWD && on_path(CALL_NAME, to) == FAIL) return -1;
  return real(from_folder, from, to_folder, to, flags);
}

int fsync(int file) {
  REAL(int, "fsync", int);
  return on_file(CALL_SYNC, file) == FAIL ? -1 : real(file);
}

int fdatasync(int file) {
  REAL(int, "fdatasync", int);
  return on_file(CALL_SYNC, file) == FAIL ? -1 : real(file);
}

/* As network file systems do it: the file is closed, and only now the error is said. */
int close(int file) {
  REAL(int, "close", int);
  const enum verdict verdict = on_file(CALL_CLOSE, file);
  const int error = errno;
  const int closed = real(file);
  if (verdict != FAIL) return closed;
  errno = error;
  return -1;
}

int fclose(FILE *stream) {
  REAL(int, "fclose", FILE *);
  const enum verdict verdict = on_file(CALL_CLOSE, fileno(stream));
  const int error = errno;
  const int closed = real(stream);
  if (verdict != FAIL) return closed;
  errno = error;
  return EOF;
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  return on_path(CALL_REMOVE, path) == FAIL ? -1 : real(path);
}

int rmdir(const char *path) {
  REAL(int, "rmdir", const char *);
  return on_path(CALL_REMOVE, path) == FAIL ? -1 : real(path);
}

int remove(const char *path) {
  REAL(int, "remove", const char *);
  return on_path(CALL_REMOVE, path) == FAIL ? -1 : real(path);
}
