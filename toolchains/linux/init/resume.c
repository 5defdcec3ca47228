/* A guest restored from a saved state is a copy: it must take its own address and its own
 * randomness before it answers. The host writes both into Xenstore before the copy runs:
 *   /local/domain/ID/epos/address   10.0.7.211
 *   /local/domain/ID/epos/seed      64 hexadecimal digits, never used twice
 * Network and gateway are those of the guest it is a copy of.
 * The wall clock is Xen's and steps by itself; that step is how PID 1 learns of the restore. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SEED_BYTES 32
#define XS_READ 2
#define XS_ERROR 16
#define XENSTORE_MAX 4096

#ifndef TFD_TIMER_CANCEL_ON_SET
#define TFD_TIMER_CANCEL_ON_SET 2
#endif

struct message {
	uint32_t type, request, transaction, length;
};

int watch_clock(void)
{
	struct itimerspec never = {.it_value = {.tv_sec = 0x7fffffff}};
	int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
	return timer;
}

/* Read a value relative to the guest's own folder in Xenstore; NULL where there is none. */
static char *from_xenstore(const char *path)
{
	struct message ask = {.type = XS_READ, .length = strlen(path) + 1}, answer;
	char packet[sizeof ask + 128], *value = calloc(1, XENSTORE_MAX + 1);
	int store = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	size_t got = 0;
	if (store < 0)
		return NULL;
	memcpy(packet, &ask, sizeof ask);
	strcpy(packet + sizeof ask, path);
	if (write(store, packet, sizeof ask + ask.length) < 0 ||
	    read(store, &answer, sizeof answer) != sizeof answer || answer.length > XENSTORE_MAX)
		value = NULL;
	while (value && got < answer.length) {
		ssize_t more = read(store, value + got, answer.length - got);
		if (more <= 0)
			break;
		got += more;
	}
	close(store);
	return answer.type == XS_ERROR ? NULL : value;
}

static void reseed(const char *digits)
{
	struct {
		int bits, bytes;
		unsigned char seed[SEED_BYTES];
	} entropy = {.bits = SEED_BYTES * 8, .bytes = SEED_BYTES};
	int pool = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	for (int n = 0; n < SEED_BYTES; n++) {
		unsigned byte = 0;
		if (sscanf(digits + 2 * n, "%2x", &byte) != 1)
			return;
		entropy.seed[n] = byte;
	}
	if (ioctl(pool, RNDADDENTROPY, &entropy) || ioctl(pool, RNDRESEEDCRNG))
		say("error reseed: %s", strerror(errno));
	close(pool);
}

/* Take an address, where it is another than ours, in the network we are in. */
static void take(const char *mine)
{
	size_t length = strcspn(address, "/");
	char *taken;
	if (strlen(mine) == length && !strncmp(mine, address, length))
		return;
	if (asprintf(&taken, "%s%s", mine, address + length) < 0)
		return;
	address = taken;
	wait_for_link();
	set_address();
}

void resumed(int clock_watch)
{
	uint64_t expired;
	if (read(clock_watch, &expired, sizeof expired) >= 0 || errno != ECANCELED)
		return;
	char *seed = from_xenstore("epos/seed"), *mine = from_xenstore("epos/address");
	if (seed && strlen(seed) == 2 * SEED_BYTES)
		reseed(seed);
	if (mine && address)
		take(mine);
	say("resumed %.6f %s", seconds(CLOCK_BOOTTIME), address ? address : "-");
}
