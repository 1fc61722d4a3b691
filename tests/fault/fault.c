/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Preloaded into a tool, it counts the calls of each kind and has one of them
 * fail: that whose number the file FAULT_STATE gives.  The file is shared by
 * the tool and its children; faults.py writes it, and reads what was counted.
 */
enum kind {
	MALLOC,
	READ,
	WRITE,
	FSYNC,
	RENAME,
	OPEN,
	CONNECT,
	RECV,
	SEND
};
#define KINDS 9

struct state {
	int64_t kind, nth;     /* the call that fails */
	int64_t counts[KINDS]; /* how many there have been */
};

static const int errors[KINDS] = {
	[MALLOC] = ENOMEM,
	[READ] = EIO,
	[WRITE] = ENOSPC,
	[FSYNC] = EIO,
	[RENAME] = EIO,
	[OPEN] = EMFILE,
	[CONNECT] = ECONNREFUSED,
	[RECV] = ECONNRESET,
	[SEND] = ECONNRESET,
};

static struct state *state;

/* glibc's own, so that looking them up needs no memory. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

__attribute__((constructor)) static void
map_state(void)
{
	const char *path = getenv("FAULT_STATE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		abort();
	p = mmap(
	    NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	state = p;
}

/* Count a call.  Whether it fails; errno is set then. */
static int
fails(enum kind kind)
{
	if (state == NULL ||
	    __atomic_add_fetch(&state->counts[kind], 1, __ATOMIC_SEQ_CST) !=
		state->nth ||
	    state->kind != (int64_t)kind)
		return 0;
	errno = errors[kind];
	return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void *
malloc(size_t n)
{
	return fails(MALLOC) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(MALLOC) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(MALLOC) ? NULL : __libc_realloc(p, n);
}

ssize_t
read(int fd, void *p, size_t n)
{
	return fails(READ) ? -1 : REAL(read)(fd, p, n);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	return fails(READ) ? -1 : REAL(pread)(fd, p, n, at);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
	return fails(READ) ? -1 : REAL(pread64)(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	/* What a log cannot say is no fault of the tool. */
	return fd != STDERR_FILENO && fails(WRITE) ? -1 : REAL(write)(fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return fails(WRITE) ? -1 : REAL(pwrite)(fd, p, n, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return fails(WRITE) ? -1 : REAL(pwrite64)(fd, p, n, at);
}

int
fflush(FILE *f)
{
	return fails(WRITE) ? EOF : REAL(fflush)(f);
}

int
fsync(int fd)
{
	return fails(FSYNC) ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	return fails(FSYNC) ? -1 : REAL(fdatasync)(fd);
}

int
syncfs(int fd)
{
	return fails(FSYNC) ? -1 : REAL(syncfs)(fd);
}

int
rename(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : REAL(rename)(from, to);
}

static mode_t
mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return fails(OPEN) ? -1 : REAL(open)(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return fails(OPEN) ? -1 : REAL(open64)(path, flags, mode);
}

int
mkostemp(char *path, int flags)
{
	return fails(OPEN) ? -1 : REAL(mkostemp)(path, flags);
}

FILE *
fopen(const char *path, const char *mode)
{
	return fails(OPEN) ? NULL : REAL(fopen)(path, mode);
}

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	return fails(CONNECT) ? -1 : REAL(connect)(fd, to, len);
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	return fails(RECV) ? -1 : REAL(recv)(fd, p, n, flags);
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	return fails(SEND) ? -1 : REAL(send)(fd, p, n, flags);
}
