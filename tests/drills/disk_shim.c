// Preloaded (LD_PRELOAD) into the programs of a drill. Records what they do to the files below DRILL_DIR, in one order for all
// processes, in the file DRILL_LOG (read by disk.py); and makes one system call fail, as DRILL_FAULT says:
//   CALL:FILE:ERRNO:NTH:COUNT    CALL: write, sync, read, lock, unlock, truncate or stat; FILE: the end of its name;
//                                ERRNO: 0 is a short write; NTH: from 1; COUNT: how many in a row, -1: for ever
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { files = 4096, path_size = 512 };
enum kind { written, synced, sync_failed, cut, created, renamed, linked, unlinked, directory_synced };

struct record {
  char magic[8];
  uint32_t kind, name_size;
  uint64_t inode, offset, size;
};

static char paths[files][path_size]; // of open files below DRILL_DIR
static const char* directory;
static int log_file = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char fault_call[16], fault_file[64];
static int fault_errno, fault_nth, fault_count;

#define REAL(name) \
  static __typeof__(name)* real_##name; \
  if (!real_##name) real_##name = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
  directory = getenv("DRILL_DIR");
  const char* log = getenv("DRILL_LOG");
  REAL(open);
  if (directory && log) log_file = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const char* fault = getenv("DRILL_FAULT");
  if (fault)
    sscanf(fault, "%15[^:]:%63[^:]:%d:%d:%d", fault_call, fault_file, &fault_errno, &fault_nth, &fault_count);
}

static int ends_with(const char* text, const char* end)
{
  const size_t size = strlen(text), end_size = strlen(end);
  return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static int is_ours(const char* path)
{
  return directory && path && strncmp(path, directory, strlen(directory)) == 0 && !ends_with(path, ".lock");
}

static const char* path_of(int file) { return file >= 0 && file < files && *paths[file] ? paths[file] : NULL; }

// The shared memory of the wal-index is no file on a disk.
static int is_recorded(const char* path) { return log_file >= 0 && path && !ends_with(path, "-shm"); }

// Returns whether this call fails, with errno.
static int fails(const char* call, const char* path)
{
  if (!*fault_call || !path || strcmp(call, fault_call) != 0 || !ends_with(path, fault_file)) return 0;
  int hit = 0;
  pthread_mutex_lock(&mutex);
  if (fault_nth > 1)
    --fault_nth;
  else if (fault_count != 0) {
    if (fault_count > 0) --fault_count;
    hit = 1;
  }
  pthread_mutex_unlock(&mutex);
  if (hit) {
    const char* said = getenv("DRILL_HITS");
    REAL(open);
    REAL(write);
    const int file = said ? real_open(said, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
      if (real_write(file, "x", 1) < 0) abort();
      close(file);
    }
    errno = fault_errno;
  }
  return hit;
}

// One order for all threads and processes: what follows until unlock() happens alone.
static void lock(void)
{
  struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  REAL(fcntl64);
  pthread_mutex_lock(&mutex);
  while (real_fcntl64(log_file, F_OFD_SETLKW, &all) != 0 && errno == EINTR) {}
}

static void unlock(void)
{
  const int kept = errno;
  struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  REAL(fcntl64);
  real_fcntl64(log_file, F_OFD_SETLK, &all);
  pthread_mutex_unlock(&mutex);
  errno = kept;
}

static void append(enum kind kind, uint64_t inode, const char* name, uint64_t offset, const void* bytes, uint64_t size)
{
  const int kept = errno;
  struct record record = {"DRILLREC", kind, (uint32_t)strlen(name), inode, offset, size};
  struct iovec parts[3] = {{&record, sizeof record}, {(void*)name, strlen(name)}, {(void*)bytes, bytes ? size : 0}};
  REAL(writev);
  if (real_writev(log_file, parts, 3) < 0) abort();
  errno = kept;
}

static uint64_t inode_of(int file)
{
  struct stat status;
  return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static int note_open(int file, const char* path, int flags, int is_new)
{
  if (file < 0 || file >= files) return file;
  paths[file][0] = 0;
  if (!is_ours(path) || strlen(path) >= path_size) return file;
  strcpy(paths[file], path);
  if (is_recorded(path) && !(flags & O_DIRECTORY) && is_new) {
    lock();
    append(created, inode_of(file), path, 0, NULL, 0);
    unlock();
  }
  return file;
}

#define MODE \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }
#define OPEN(name) \
  int name(const char* path, int flags, ...) \
  { \
    MODE REAL(name); \
    const int is_new = (flags & O_CREAT) && access(path, F_OK) != 0; \
    return note_open(real_##name(path, flags, mode), path, flags, is_new); \
  }
OPEN(open)
OPEN(open64)

static ssize_t put(int file, const void* bytes, size_t size, off64_t offset, int at_offset)
{
  REAL(pwrite64);
  REAL(write);
  const char* const path = path_of(file);
  if (fails("write", path)) {
    if (fault_errno) return -1;
    size = size / 2; // a short write
  }
  const int recorded = is_recorded(path);
  if (recorded) {
    lock();
    const off64_t begin = at_offset ? offset : lseek64(file, 0, SEEK_CUR);
    append(written, inode_of(file), path, (uint64_t)begin, bytes, size);
  }
  const ssize_t done = at_offset ? real_pwrite64(file, bytes, size, offset) : real_write(file, bytes, size);
  if (recorded) unlock();
  return done;
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) { return put(file, bytes, size, offset, 1); }
ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) { return put(file, bytes, size, offset, 1); }
ssize_t write(int file, const void* bytes, size_t size) { return put(file, bytes, size, 0, 0); }

int close(int file)
{
  REAL(close);
  if (file >= 0 && file < files) paths[file][0] = 0;
  return real_close(file);
}

static int sync_with(int (*real)(int), int file)
{
  const char* const path = path_of(file);
  const int failed = fails("sync", path);
  if (!is_recorded(path)) return failed ? -1 : real(file);
  lock();
  const int code = failed ? -1 : real(file);
  struct stat status;
  const int is_directory = fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
  append(code ? sync_failed : is_directory ? directory_synced : synced, status.st_ino, path, 0, NULL, 0);
  unlock();
  return code;
}
int fsync(int file)
{
  REAL(fsync);
  return sync_with(real_fsync, file);
}
int fdatasync(int file)
{
  REAL(fdatasync);
  return sync_with(real_fdatasync, file);
}

int ftruncate64(int file, off64_t size)
{
  REAL(ftruncate64);
  const char* const path = path_of(file);
  if (fails("truncate", path)) return -1;
  if (!is_recorded(path)) return real_ftruncate64(file, size);
  lock();
  append(cut, inode_of(file), path, (uint64_t)size, NULL, 0);
  const int code = real_ftruncate64(file, size);
  unlock();
  return code;
}
int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

ssize_t pread64(int file, void* bytes, size_t size, off64_t offset)
{
  REAL(pread64);
  return fails("read", path_of(file)) ? -1 : real_pread64(file, bytes, size, offset);
}

static int forget(int code, const char* path)
{
  if (code == 0 && is_ours(path) && is_recorded(path)) append(unlinked, 0, path, 0, NULL, 0);
  return code;
}
#define UNLINK(name) \
  int name(const char* path) \
  { \
    REAL(name); \
    if (log_file < 0) return real_##name(path); \
    lock(); \
    const int code = forget(real_##name(path), path); \
    unlock(); \
    return code; \
  }
UNLINK(unlink)
UNLINK(remove)

#define RENAME(name, kind) \
  int name(const char* from, const char* to) \
  { \
    REAL(name); \
    if (log_file < 0 || !is_ours(to)) return real_##name(from, to); \
    lock(); \
    const int code = real_##name(from, to); \
    if (code == 0) append(kind, 0, from, 0, to, strlen(to)); \
    unlock(); \
    return code; \
  }
RENAME(rename, renamed)
RENAME(link, linked)

int fcntl64(int file, int command, ...)
{
  REAL(fcntl64);
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  if (command == F_SETLK && argument) {
    const struct flock* const asked = argument;
    if (fails(asked->l_type == F_UNLCK ? "unlock" : "lock", path_of(file))) return -1;
  }
  return real_fcntl64(file, command, argument);
}

int statx(int at, const char* restrict path, int flags, unsigned int mask, struct statx* restrict status)
{
  REAL(statx);
  return fails("stat", path) ? -1 : real_statx(at, path, flags, mask, status);
}
