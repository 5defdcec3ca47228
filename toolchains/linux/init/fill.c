/* An empty volume of a container gets what its image has in that place, with its owners, as
 * engines do: a database's program finds a folder that it may write to. */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGUN ".epos-filling" /* there while a volume is being filled: what is in it is not whole */

static void copy_folder(int from, int to);

static void copy_content(int from, int to, const char *name)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t moved = in < 0 || out < 0 ? -1 : 1;
	while (moved > 0)
		moved = sendfile(out, in, NULL, 1 << 20);
	if (moved < 0)
		fail("fill", name);
	close(in);
	close(out);
}

static void copy_link(int from, int to, const char *name)
{
	char target[4096];
	ssize_t length = readlinkat(from, name, target, sizeof target - 1);
	if (length < 0)
		fail("fill", name);
	target[length] = 0;
	unlinkat(to, name, 0);
	if (symlinkat(target, to, name))
		fail("fill", name);
}

static int opened(int below, const char *name)
{
	int folder = openat(below, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		fail("fill", name);
	return folder;
}

static void copy_below(int from, int to, const char *name)
{
	mkdirat(to, name, 0700);
	int in = opened(from, name), out = opened(to, name);
	copy_folder(in, out);
	close(in);
	close(out);
}

static void copy_one(int from, int to, const char *name)
{
	struct stat is;
	if (fstatat(from, name, &is, AT_SYMLINK_NOFOLLOW))
		fail("fill", name);
	if (S_ISDIR(is.st_mode))
		copy_below(from, to, name);
	else if (S_ISREG(is.st_mode))
		copy_content(from, to, name);
	else if (S_ISLNK(is.st_mode))
		copy_link(from, to, name);
	else if (mknodat(to, name, is.st_mode, is.st_rdev) && errno != EEXIST)
		fail("fill", name);
	struct timespec times[] = {is.st_atim, is.st_mtim};
	/* The owner first: a change of it takes the set-user bit away. */
	if (fchownat(to, name, is.st_uid, is.st_gid, AT_SYMLINK_NOFOLLOW) ||
	    (!S_ISLNK(is.st_mode) && fchmodat(to, name, is.st_mode & 07777, 0)) ||
	    utimensat(to, name, times, AT_SYMLINK_NOFOLLOW))
		fail("fill", name);
}

/* The next name in a folder that counts; NULL after the last. */
static const char *next_name(DIR *folder)
{
	static const char *const none[] = {".", "..", "lost+found", BEGUN, NULL};
	for (struct dirent *entry; (entry = readdir(folder));) {
		int n = 0;
		while (none[n] && strcmp(none[n], entry->d_name))
			n++;
		if (!none[n])
			return entry->d_name;
	}
	return NULL;
}

static void copy_folder(int from, int to)
{
	DIR *folder = fdopendir(dup(from));
	if (!folder)
		fail("fill", "folder");
	for (const char *name; (name = next_name(folder));)
		copy_one(from, to, name);
	closedir(folder);
}

static int to_be_filled(int volume)
{
	DIR *folder = fdopendir(dup(volume));
	int empty = folder && !next_name(folder);
	closedir(folder);
	return empty || !faccessat(volume, BEGUN, F_OK, 0);
}

/* `image` is the folder as the image has it, opened before the volume was mounted on it. */
void fill_volume(int image, const char *where)
{
	struct stat is;
	int volume = opened(AT_FDCWD, where);
	/* Databases refuse a folder that is not empty; e2fsck makes it again where it needs it. */
	unlinkat(volume, "lost+found", AT_REMOVEDIR);
	if (to_be_filled(volume)) {
		say("filling %s", where);
		close(openat(volume, BEGUN, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		copy_folder(image, volume);
		if (fstat(image, &is) || fchown(volume, is.st_uid, is.st_gid) ||
		    fchmod(volume, is.st_mode & 07777) || syncfs(volume))
			fail("fill", where);
		unlinkat(volume, BEGUN, 0);
	}
	close(volume);
}
