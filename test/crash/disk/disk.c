/* A disk that fails and forgets, by LD_PRELOAD, for the files of one database alone. Environment:
 *
 * TOLLGATE_DISK=<path>          the database; <path>-wal and <path>-journal belong to it
 *
 * TOLLGATE_DISK_CONTROL=<file>  a page shared with the test: struct disk_control
 *
 * TOLLGATE_DISK_LOG=<file>      what was written and synced, in order: struct disk_record, then
 * data; disk.py makes of it what a power cut would leave
 *
 * Not for sanitizer builds: their runtime must be loaded first. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk.h"

enum { max_fds = 4096 };

static const uint32_t magic = 0x4B534944;
static struct disk_control spare;
static struct disk_control* control = &spare;
static const char* path;
static size_t path_length;
static char folder_path[PATH_MAX];
static int log_fd = -1;
static uint8_t fds[max_fds];
/* Operation and record are one step: the log's order is the truth. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char*, int, ...);
static int (*real_close)(int);
static int (*real_unlink)(const char*);
static ssize_t (*real_pwrite)(int, const void*, size_t, off64_t);
static ssize_t (*real_pread)(int, void*, size_t, off64_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off64_t);

static void find(void* where, const char* name) {
  void* symbol = dlsym(RTLD_NEXT, name);
  if (!symbol) abort();
  memcpy(where, &symbol, sizeof symbol);
}

void disk_watch(const char* database, struct disk_control* shared) {
  const char* slash = strrchr(database, '/');
  path_length = strlen(database);
  if (!slash || path_length >= sizeof folder_path) abort();
  memset(folder_path, 0, sizeof folder_path);
  memcpy(folder_path, database, (size_t)(slash - database));
  path = database;
  control = shared;
}

/* Other libraries may open files before this one is prepared. */
static void find_real(void) {
  if (real_open) return;
  find(&real_close, "close");
  find(&real_unlink, "unlink");
  find(&real_pwrite, "pwrite64");
  find(&real_pread, "pread64");
  find(&real_fdatasync, "fdatasync");
  find(&real_fsync, "fsync");
  find(&real_ftruncate, "ftruncate64");
  find(&real_open, "open64");
}

__attribute__((constructor)) static void prepare(void) {
  find_real();
  const char* database = getenv("TOLLGATE_DISK");
  const char* shared = getenv("TOLLGATE_DISK_CONTROL");
  const char* log = getenv("TOLLGATE_DISK_LOG");
  if (!database) return;
  if (log) log_fd = real_open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  struct disk_control* page = &spare;
  if (shared) {
    const int fd = real_open(shared, O_RDWR | O_CLOEXEC);
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) abort();
    real_close(fd);
  }
  disk_watch(database, page);
}

static enum disk_file file_of(const char* name) {
  if (!path) return disk_other;
  if (strcmp(name, folder_path) == 0) return disk_folder;
  if (strncmp(name, path, path_length) != 0) return disk_other;
  name += path_length;
  if (*name == '\0') return disk_database;
  if (strcmp(name, "-wal") == 0) return disk_wal;
  return strcmp(name, "-journal") == 0 ? disk_journal : disk_other;
}

static enum disk_file file_behind(int fd) {
  return fd >= 0 && fd < max_fds ? (enum disk_file)fds[fd] : disk_other;
}

/* True where this operation is to fail; errno says why. */
static bool fails(enum disk_file file, enum disk_operation operation) {
  if (!control->armed || !(control->operations & operation)) return false;
  if (!(control->files & (1u << file))) return false;
  const uint64_t at = ++control->seen;
  if (control->fail_at == 0 || at < control->fail_at) return false;
  if (at > control->fail_at && !control->for_ever) return false;
  ++control->failed;
  errno = control->error;
  return true;
}

static void note(enum disk_kind kind, enum disk_file file, off64_t offset, const void* data,
                 size_t length) {
  if (log_fd < 0) return;
  struct disk_record record = {magic, (uint16_t)kind, (uint16_t)file, (uint64_t)offset, length};
  struct iovec parts[2] = {{&record, sizeof record}, {(void*)data, length}};
  const ssize_t whole = (ssize_t)(sizeof record + length);
  if (writev(log_fd, parts, length ? 2 : 1) != whole) abort();
}

static int open_file(const char* name, int flags, mode_t mode) {
  find_real();
  const enum disk_file file = file_of(name);
  if (file == disk_other) return real_open(name, flags, mode);
  pthread_mutex_lock(&mutex);
  int fd = -1;
  if (!fails(file, disk_open)) {
    const bool fresh = (flags & O_CREAT) && access(name, F_OK) != 0;
    fd = real_open(name, flags, mode);
    if (fd >= max_fds) abort();
    if (fd >= 0) fds[fd] = (uint8_t)file;
    if (fd >= 0 && fresh) note(disk_created, file, 0, NULL, 0);
  }
  pthread_mutex_unlock(&mutex);
  return fd;
}

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file(name, flags, mode);
}

int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file(name, flags, mode);
}

int close(int fd) {
  find_real();
  if (fd >= 0 && fd < max_fds) fds[fd] = disk_other;
  return real_close(fd);
}

int unlink(const char* name) {
  const enum disk_file file = file_of(name);
  if (file == disk_other || file == disk_folder) return real_unlink(name);
  pthread_mutex_lock(&mutex);
  const int result = real_unlink(name);
  if (result == 0) note(disk_unlinked, file, 0, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return result;
}

ssize_t pwrite64(int fd, const void* data, size_t length, off64_t offset) {
  const enum disk_file file = file_behind(fd);
  if (file == disk_other) return real_pwrite(fd, data, length, offset);
  pthread_mutex_lock(&mutex);
  ssize_t done = -1;
  if (fails(file, disk_write)) {
    /* A full disk takes what fits: the first half, and says so; the next try fails. */
    if (control->error == ENOSPC && length > 1 && control->for_ever)
      done = control->failed % 2 == 1 ? real_pwrite(fd, data, length / 2, offset) : -1;
  } else {
    done = real_pwrite(fd, data, length, offset);
  }
  if (done > 0) note(disk_written, file, offset, data, (size_t)done);
  pthread_mutex_unlock(&mutex);
  return done;
}

ssize_t pread64(int fd, void* data, size_t length, off64_t offset) {
  const enum disk_file file = file_behind(fd);
  if (file != disk_other && fails(file, disk_read)) return -1;
  return real_pread(fd, data, length, offset);
}

ssize_t pwrite(int fd, const void* data, size_t length, off_t offset) {
  return pwrite64(fd, data, length, offset);
}

ssize_t pread(int fd, void* data, size_t length, off_t offset) {
  return pread64(fd, data, length, offset);
}

/* Nothing is really synced: the machine stays up, so only the record of it matters. */
static int sync_file(int fd, int (*real)(int)) {
  const enum disk_file file = file_behind(fd);
  if (file == disk_other) return real(fd);
  pthread_mutex_lock(&mutex);
  const bool lies = control->lies && file == disk_wal;
  const bool failed = !lies && fails(file, disk_sync);
  if (!lies) note(failed ? disk_sync_failed : disk_synced, file, 0, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return failed ? -1 : 0;
}

int fsync(int fd) {
  return sync_file(fd, real_fsync);
}
int fdatasync(int fd) {
  return sync_file(fd, real_fdatasync);
}

int ftruncate64(int fd, off64_t size) {
  const enum disk_file file = file_behind(fd);
  if (file == disk_other) return real_ftruncate(fd, size);
  pthread_mutex_lock(&mutex);
  const int result = fails(file, disk_truncate) ? -1 : real_ftruncate(fd, size);
  if (result == 0) note(disk_truncated, file, size, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return result;
}
