/* What the application expects to find mounted. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void attach(const char *what, const char *where, const char *type, unsigned long flags,
	    const char *options)
{
	mkdir(where, 0755);
	/* EBUSY: the kernel mounted it itself (devtmpfs on a block root). */
	if (mount(what, where, type, flags, options) && errno != EBUSY)
		fail("mount", where);
}

void make_folders(const char *wanted)
{
	char *path = strdup(wanted);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
	free(path);
}

static int mounted(const char *device, const char *where, unsigned long flags)
{
	static const char *const types[] = {"ext4", "squashfs", NULL};
	for (int n = 0; types[n]; n++)
		if (!mount(device, where, types[n], flags, NULL))
			return 1;
	return 0;
}

/* DEVICE:MOUNT POINT[:ro] */
void attach_volume(char *volume)
{
	char *device = strtok(volume, ":"), *where = strtok(NULL, ":"), *mode = strtok(NULL, ":");
	unsigned long flags = MS_NODEV | MS_NOSUID | MS_NOATIME;
	if (!device || !where) {
		errno = EINVAL;
		fail("volume", volume);
	}
	if (mode && !strcmp(mode, "ro"))
		flags |= MS_RDONLY;
	make_folders(where);
	int image = tree ? open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (!mounted(device, where, flags))
		fail("volume", device);
	if (image >= 0 && !(flags & MS_RDONLY))
		fill_volume(image, where);
	close(image);
}
