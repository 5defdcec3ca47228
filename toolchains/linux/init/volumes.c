/* What the application expects to find mounted. */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

void attach(const char *what, const char *where, const char *type, unsigned long flags)
{
	mkdir(where, 0755);
	/* EBUSY: the kernel mounted it itself (devtmpfs on a block root). */
	if (mount(what, where, type, flags, NULL) && errno != EBUSY)
		fail("mount", where);
}

static void make_folders(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

/* DEVICE:MOUNT POINT[:ro] */
void attach_volume(char *volume)
{
	static const char *const types[] = {"ext4", "squashfs", NULL};
	char *device = strtok(volume, ":"), *where = strtok(NULL, ":"), *mode = strtok(NULL, ":");
	unsigned long flags = MS_NODEV | MS_NOSUID | MS_NOATIME;
	if (!device || !where) {
		errno = EINVAL;
		fail("volume", volume);
	}
	if (mode && !strcmp(mode, "ro"))
		flags |= MS_RDONLY;
	make_folders(where);
	for (int n = 0; types[n]; n++)
		if (!mount(device, where, types[n], flags, NULL))
			return;
	fail("volume", device);
}

void write_resolver(void)
{
	char text[512] = "";
	for (char *server = strtok(nameservers, ","); server; server = strtok(NULL, ","))
		snprintf(text + strlen(text), sizeof text - strlen(text), "nameserver %s\n", server);
	/* /etc/resolv.conf is a link to it: the root may be read-only. */
	write_text("/run/resolv.conf", text);
}
