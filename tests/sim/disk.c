/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the product: what it opens below /sim, and standard output. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISKS_MOST 8

static struct named {
	struct disk disk;
	char path[64];
} disks[DISKS_MOST];

struct disk *disk_at(const char *path)
{
	for (unsigned i = 0; i < DISKS_MOST; i++) {
		if (disks[i].path[0] == '\0') {
			(void)snprintf(disks[i].path, sizeof(disks[i].path), "%s", path);
			disks[i].disk.room = SIZE_MAX;
		}
		if (strcmp(disks[i].path, path) == 0)
			return &disks[i].disk;
	}
	sim_fail("too many files");
}

void disk_begin(void)
{
	disk_end();
}

void disk_end(void)
{
	for (unsigned i = 0; i < DISKS_MOST; i++) {
		bytes_free(&disks[i].disk.text);
		disks[i].path[0] = '\0';
	}
}

/* ---- system calls ---------------------------------------------------------------------------- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek64(int fd, off_t offset, int whence);
ssize_t __real_pread(int fd, void *into, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *into, size_t size, off_t at);
ssize_t __wrap_pread64(int fd, void *into, size_t size, off_t at);
int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat64(int fd, struct stat *status);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size);

ssize_t disk_write(struct file *file, const void *from, size_t size);
ssize_t disk_read(struct file *file, void *into, size_t size);

static int open_simulated(const char *path, int flags)
{
	struct file *file = file_new(FILE_DISK);

	file->disk = disk_at(path);
	file->appends = flags & O_APPEND;
	file->nonblock = true;
	int fd = fd_new(file);

	if (fd < 0)
		sim_free(file);
	return fd;
}

static bool is_simulated(const char *path)
{
	return strncmp(path, "/sim/", 5) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;

	if (is_simulated(path))
		return open_simulated(path, flags);
	va_start(args, flags);
	int mode = flags & O_CREAT ? va_arg(args, int) : 0;

	va_end(args);
	return __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return is_simulated(path) ? open_simulated(path, flags) : __real_open(path, flags, 0600);
}

off_t __wrap_lseek(int fd, off_t offset, int whence)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_lseek(fd, offset, whence);
	if (whence == SEEK_END)
		file->at = bytes_len(&file->disk->text);
	else if (whence == SEEK_SET)
		file->at = (size_t)offset;
	return (off_t)file->at;
}

off_t __wrap_lseek64(int fd, off_t offset, int whence)
{
	return __wrap_lseek(fd, offset, whence);
}

ssize_t __wrap_pread(int fd, void *into, size_t size, off_t at)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_pread(fd, into, size, at);
	size_t len = bytes_len(&file->disk->text);

	if ((size_t)at >= len)
		return 0;
	if (size > len - (size_t)at)
		size = len - (size_t)at;
	memcpy(into, file->disk->text.at + file->disk->text.begin + at, size);
	return (ssize_t)size;
}

ssize_t __wrap_pread64(int fd, void *into, size_t size, off_t at)
{
	return __wrap_pread(fd, into, size, at);
}

int __wrap_fstat(int fd, struct stat *status)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_fstat(fd, status);
	memset(status, 0, sizeof(*status));
	status->st_mode = file->kind == FILE_DISK ? S_IFREG | 0640 : S_IFSOCK | 0600;
	if (file->disk)
		status->st_size = (off_t)bytes_len(&file->disk->text);
	return 0;
}

int __wrap_fstat64(int fd, struct stat *status)
{
	return __wrap_fstat(fd, status);
}

int __wrap_ftruncate(int fd, off_t size)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_ftruncate(fd, size);
	struct bytes *text = &file->disk->text;

	if ((size_t)size <= bytes_len(text)) {
		if (file->disk->room != SIZE_MAX)
			file->disk->room += bytes_len(text) - (size_t)size;
		text->end = text->begin + (size_t)size;
	}
	return 0;
}

int __wrap_ftruncate64(int fd, off_t size)
{
	return __wrap_ftruncate(fd, size);
}

ssize_t disk_write(struct file *file, const void *from, size_t size)
{
	struct disk *disk = file->disk;

	if (size > disk->room) {
		sim_faults++;
		size = disk->room;
	}
	if (size == 0) {
		errno = ENOSPC;
		return -1;
	}
	bytes_add(&disk->text, from, size);
	if (disk->room != SIZE_MAX)
		disk->room -= size;
	file->at = bytes_len(&disk->text);
	return (ssize_t)size;
}

ssize_t disk_read(struct file *file, void *into, size_t size)
{
	size_t len = bytes_len(&file->disk->text);

	if (file->at >= len)
		return 0;
	if (size > len - file->at)
		size = len - file->at;
	memcpy(into, file->disk->text.at + file->at, size);
	file->at += size;
	return (ssize_t)size;
}
