/* Written by epos-virt in place of the shell scripts that Xen runs for every disk and network card
 * of a guest: those start dozens of programs, most of the time a small guest's creation takes.
 *
 * As `vif-epos` it names a card after its guest's address, by which the packet filter knows it, puts
 * it on its bridge, and leaves the guest its address and fresh random bits
 * in Xenstore: one restored from a saved state is a copy, and needs both before it runs
 * (toolchains/linux/init/resume.c). As `block` it connects the one kind of disk that cannot do harm,
 * one that a guest only reads; all else is left to Xen's own script, which is beside it as
 * block.distrib. libxl calls it with the verb as $1, $XENBUS_PATH and $vif
 * (Xen: docs/misc/xenstore-paths.pandoc, xen/include/public/io/xs_wire.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define STORE "/run/xenstored/socket"
#define LONGEST 4096 /* bytes of a message of Xenstore */
#define LOOPS_TRIED 64
#define SEED_BYTES 32

enum verb_of_store { READ = 2, WRITE = 11, ERROR = 16 };
struct header { uint32_t type, request, transaction, length; };

static int store = -1;

static int open_store(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const char *path = getenv("XENSTORED_PATH");

    snprintf(name.sun_path, sizeof name.sun_path, "%s", path ? path : STORE);
    store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return store < 0 ? -1 : connect(store, (struct sockaddr *)&name, sizeof name);
}

static int receive(void *buffer, size_t length)
{
    for (char *at = buffer; length;) {
        ssize_t got = read(store, at, length);
        if (got <= 0)
            return -1;
        at += got;
        length -= got;
    }
    return 0;
}

/* Ask Xenstore for or about `key` in `folder`; the answer, as a string, goes to `answer`. */
static int ask_in(const char *folder, enum verb_of_store verb, const char *key, const char *value,
                  char *answer)
{
    char message[LONGEST];
    struct header header = { .type = verb };
    char *text = message + sizeof header;
    size_t room = sizeof message - sizeof header;
    int length = snprintf(text, room, "%s/%s", folder, key) + 1;

    if (length + strlen(value) >= room)
        return -1;
    memcpy(text + length, value, strlen(value));
    header.length = length + strlen(value);
    memcpy(message, &header, sizeof header);
    length = sizeof header + header.length;
    if (write(store, message, length) != length || receive(&header, sizeof header))
        return -1;
    if (header.length >= LONGEST || receive(answer, header.length))
        return -1;
    answer[header.length] = 0;
    return header.type == (uint32_t)verb ? 0 : -1;
}

/* The same of the device. */
static int ask(enum verb_of_store verb, const char *key, const char *value, char *answer)
{
    return ask_in(getenv("XENBUS_PATH"), verb, key, value, answer);
}

static int tell(const char *key, const char *value)
{
    char answer[LONGEST];

    return ask(WRITE, key, value, answer);
}

/* Give a file a loop device that is only read; its path goes to `device`. */
static int attach(const char *path, char *device, size_t room)
{
    struct loop_config wanted = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

    wanted.info.lo_flags = LO_FLAGS_READ_ONLY;
    snprintf((char *)wanted.info.lo_file_name, sizeof wanted.info.lo_file_name, "%s", path);
    for (int tried = 0; tried < LOOPS_TRIED; tried++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE), loop;
        if (number < 0)
            return -1;
        snprintf(device, room, "/dev/loop%d", number);
        loop = open(device, O_RDONLY | O_CLOEXEC);
        if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &wanted) == 0)
            return 0;
        if (loop >= 0)
            close(loop);
        if (errno != EBUSY) /* else another guest's disk was given this one in between */
            return -1;
    }
    return -1;
}

static int add_disk(const char *path, int is_file)
{
    char device[64], number[32];
    struct stat found;

    if (is_file) {
        if (attach(path, device, sizeof device))
            return -1;
        path = device;
    }
    if (stat(path, &found))
        return -1;
    snprintf(number, sizeof number, "%x:%x", major(found.st_rdev), minor(found.st_rdev));
    return tell("node", path) || tell("physical-device", number) ||
           tell("hotplug-status", "connected");
}

static int remove_disk(int is_file)
{
    char node[LONGEST];
    int loop;

    if (!is_file)
        return 0;
    if (ask(READ, "node", "", node) || (loop = open(node, O_RDONLY | O_CLOEXEC)) < 0)
        return -1;
    return ioctl(loop, LOOP_CLR_FD, 0);
}

/* Tell whether it was a disk that the guest only reads, and it is done. */
static int disk_done(const char *verb)
{
    char mode[LONGEST], path[LONGEST];
    struct stat found;

    if (ask(READ, "mode", "", mode) || ask(READ, "params", "", path) || strcmp(mode, "r"))
        return 0;
    if (stat(path, &found) || !(S_ISREG(found.st_mode) || S_ISBLK(found.st_mode)))
        return 0;
    if (!strcmp(verb, "add"))
        return !add_disk(path, S_ISREG(found.st_mode));
    return !strcmp(verb, "remove") && !remove_disk(S_ISREG(found.st_mode));
}

/* Name a guest's first card after the guest's address, the last three bytes of the hardware address
 * that is made of it, and Xen's number of the guest: an older guest of that address may still be on
 * its way out. The name goes to `name`.
 */
static int rename_card(const char *card, char *name)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq wanted = { 0 };
    char hardware[LONGEST];
    unsigned int a, b, c, guest, nth;

    snprintf(name, IFNAMSIZ, "%s", card);
    if (ask(READ, "mac", "", hardware) || sscanf(card, "vif%u.%u", &guest, &nth) != 2 || nth ||
        sscanf(hardware, "00:16:3e:%2x:%2x:%2x", &a, &b, &c) != 3)
        return 0;
    snprintf(name, IFNAMSIZ, "vif%02x%02x%02x.%u", a, b, c, guest);
    if (if_nametoindex(name)) /* libxl may ask for it twice */
        return 0;
    memcpy(wanted.ifr_name, card, strnlen(card, IFNAMSIZ - 1));
    memcpy(wanted.ifr_newname, name, IFNAMSIZ);
    return ioctl(any, SIOCSIFNAME, &wanted);
}

static int join(const char *card, const char *bridge)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq wanted = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

    /* The address of a port that the bridge must never take for its own. */
    memcpy(wanted.ifr_hwaddr.sa_data, "\xfe\xff\xff\xff\xff\xff", 6);
    snprintf(wanted.ifr_name, sizeof wanted.ifr_name, "%s", card);
    if (ioctl(any, SIOCSIFHWADDR, &wanted))
        return -1;
    snprintf(wanted.ifr_name, sizeof wanted.ifr_name, "%s", bridge);
    wanted.ifr_ifindex = if_nametoindex(card);
    if (ioctl(any, SIOCBRADDIF, &wanted) && errno != EBUSY) /* libxl may ask for it twice */
        return -1;
    snprintf(wanted.ifr_name, sizeof wanted.ifr_name, "%s", card);
    if (ioctl(any, SIOCGIFFLAGS, &wanted))
        return -1;
    wanted.ifr_flags |= IFF_UP;
    return ioctl(any, SIOCSIFFLAGS, &wanted);
}

/* Leave the guest of the card what makes it another than the one whose state it is made from. */
static int identify(void)
{
    char guest[LONGEST], folder[LONGEST * 2], address[LONGEST], answer[LONGEST];
    char seed[2 * SEED_BYTES + 1];
    unsigned char bits[SEED_BYTES];

    if (ask(READ, "frontend-id", "", guest) || getrandom(bits, sizeof bits, 0) != sizeof bits)
        return -1;
    for (int n = 0; n < SEED_BYTES; n++)
        sprintf(seed + 2 * n, "%02x", bits[n]);
    snprintf(folder, sizeof folder, "/local/domain/%s/epos", guest);
    if (!ask(READ, "ip", "", address) && ask_in(folder, WRITE, "address", address, answer))
        return -1;
    return ask_in(folder, WRITE, "seed", seed, answer);
}

static int card_done(const char *verb)
{
    char bridge[LONGEST] = "", why[LONGEST * 2], name[IFNAMSIZ];
    const char *card = getenv("vif");

    if (strcmp(verb, "online") && strcmp(verb, "add"))
        return 1; /* a card that goes leaves its bridge by itself */
    if (!ask(READ, "bridge", "", bridge) && card && !rename_card(card, name) &&
        !join(name, bridge) && !identify())
        return !tell("hotplug-status", "connected");
    snprintf(why, sizeof why, "%s on bridge %s: %s", card, bridge, strerror(errno));
    tell("hotplug-error", why);
    tell("hotplug-status", "error");
    return 0;
}

int main(int count, char **words)
{
    const char *verb = count > 1 ? words[1] : "";
    char other[LONGEST];
    int store_answers = getenv("XENBUS_PATH") && !open_store();

    if (strstr(words[0], "vif"))
        return !(store_answers && card_done(verb));
    if (store_answers && disk_done(verb))
        return 0;
    snprintf(other, sizeof other, "%s.distrib", words[0]);
    execv(other, words);
    perror(other);
    return 1;
}
