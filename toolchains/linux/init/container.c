/* What a container's image expects around it (`tree=/image`): a root of its own that it can write
 * to, the file systems and devices that engines give, the user it names. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY "/memory" /* a folder of the image, for what is written */
#define MOST_GROUPS 64
#define FILES_SOFT 1024 /* as engines set it: more only for who asks for it */
#define FILES_HARD 524288

/* The kernel runs /sbin/poweroff in its own root, which stays the one below. */
void enter_tree(void)
{
	char layers[256];
	attach("memory", MEMORY, "tmpfs", MS_NOATIME, "mode=0755");
	mkdir(MEMORY "/written", 0755);
	mkdir(MEMORY "/work", 0755);
	mkdir(MEMORY "/root", 0755);
	snprintf(layers, sizeof layers, "lowerdir=%s,upperdir=" MEMORY "/written,workdir=" MEMORY
		 "/work", tree);
	attach("root", MEMORY "/root", "overlay", MS_NOATIME, layers);
	if (chroot(MEMORY "/root") || chdir("/"))
		fail("enter", tree);
}

static void link_devices(void)
{
	static const char *const links[][2] = {
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
	};
	for (int n = 0; n < (int)(sizeof links / sizeof *links); n++)
		if (symlink(links[n][0], links[n][1]) && errno != EEXIST)
			fail("link", links[n][1]);
}

void mount_for_container(void)
{
	unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	attach("proc", "/proc", "proc", plain, NULL);
	attach("sysfs", "/sys", "sysfs", plain, NULL);
	attach("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, NULL);
	attach("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620,gid=5");
	attach("shm", "/dev/shm", "tmpfs", plain, "mode=1777");
	attach("mqueue", "/dev/mqueue", "mqueue", plain, NULL);
	link_devices();
	/* A folder of the image stays what it is; what is written to it is in memory anyway. */
	if (!mkdir("/tmp", 0))
		chmod("/tmp", 01777);
	/* Who is not root may log to /dev/stdout, listen on port 80, and ping. */
	fchmod(2, 0666);
	write_text("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
	write_text("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}

static void become_user(void)
{
	gid_t numbers[MOST_GROUPS];
	int many = 0;
	char *rest, *group = user ? strchr(user, ':') : NULL;
	if (!group)
		return;
	numbers[many++] = strtoul(group + 1, NULL, 10);
	for (char *one = strtok_r(groups, ",", &rest); one && many < MOST_GROUPS;
	     one = strtok_r(NULL, ",", &rest))
		numbers[many++] = strtoul(one, NULL, 10);
	if (setgroups(many, numbers) || setgid(numbers[0]) || setuid(strtoul(user, NULL, 10))) {
		say("error user %s: %s", user, strerror(errno));
		_exit(126);
	}
}

/* In the application's process: as an engine starts it without a terminal. */
void prepare_container(void)
{
	struct rlimit files = {FILES_SOFT, FILES_HARD};
	int nothing = open("/dev/null", O_RDONLY);
	dup2(nothing, 0);
	close(nothing);
	umask(022);
	setrlimit(RLIMIT_NOFILE, &files);
	make_folders(directory);
	become_user();
}
