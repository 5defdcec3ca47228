/* The loopback, the card, its address and route: by ioctl, without waiting for anything else. */
#include "init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE_WAIT_MS 10000
#define LINK_CHECK_MS 5

static struct sockaddr ipv4(const char *text)
{
	struct sockaddr_in result = {.sin_family = AF_INET};
	if (inet_pton(AF_INET, text, &result.sin_addr) != 1) {
		errno = EINVAL;
		fail("address", text);
	}
	struct sockaddr plain;
	memcpy(&plain, &result, sizeof plain);
	return plain;
}

static void ask(int sock, unsigned long request, struct ifreq *device, const char *what)
{
	if (ioctl(sock, request, device))
		fail(what, device->ifr_name);
}

static void bring_up(int sock, const char *name, const char *addr, int prefix)
{
	struct ifreq device = {0};
	char mask[INET_ADDRSTRLEN];
	struct in_addr bits = {htonl(prefix ? ~0u << (32 - prefix) : 0)};
	strcpy(device.ifr_name, name);
	device.ifr_addr = ipv4(addr);
	ask(sock, SIOCSIFADDR, &device, "address");
	device.ifr_netmask = ipv4(inet_ntop(AF_INET, &bits, mask, sizeof mask));
	ask(sock, SIOCSIFNETMASK, &device, "netmask");
	device.ifr_flags = IFF_UP | IFF_RUNNING;
	ask(sock, SIOCSIFFLAGS, &device, "up");
}

/* A card whose backend is slow appears late: wait for the kernel's word, not for a time. */
static void wait_for_card(void)
{
	struct sockaddr_nl links = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int news = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct pollfd ready = {.fd = news, .events = POLLIN};
	char drained[4096];
	bind(news, (struct sockaddr *)&links, sizeof links);
	while (!if_nametoindex("eth0")) {
		if (poll(&ready, 1, DEVICE_WAIT_MS) <= 0) {
			errno = ENODEV;
			fail("network", "eth0");
		}
		if (read(news, drained, sizeof drained) < 0)
			continue;
	}
	close(news);
}

/* The card of a restored guest is its original's, and cannot be brought up, until its new backend
 * has taken it: then it has a carrier again. The kernel may keep that news back for a second. */
void wait_for_link(void)
{
	struct pollfd nothing = {.fd = -1};
	for (int waited = 0; waited < DEVICE_WAIT_MS; waited += LINK_CHECK_MS) {
		char carrier = 0;
		int file = open("/sys/class/net/eth0/carrier", O_RDONLY | O_CLOEXEC);
		if (read(file, &carrier, 1) < 0)
			carrier = 0;
		close(file);
		if (carrier == '1')
			return;
		poll(&nothing, 1, LINK_CHECK_MS);
	}
	errno = ENODEV;
	fail("link", "eth0");
}

void set_address(void)
{
	char *slash = strchr(address, '/');
	int prefix = slash ? atoi(slash + 1) : 24;
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
	struct ifreq down = {.ifr_name = "eth0"};
	if (slash)
		*slash = 0;
	wait_for_card();
	/* Going down first forgets the old address and routes of a restored guest. */
	ioctl(sock, SIOCSIFFLAGS, &down);
	/* The bridge and the neighbours learn of the guest as it comes up. */
	write_text("/proc/sys/net/ipv4/conf/eth0/arp_notify", "1");
	/* Where the kernel has IPv6, it is for who listens on [::]: the guest has no such address. */
	write_text("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1");
	bring_up(sock, "eth0", address, prefix);
	if (gateway && *gateway) {
		route.rt_dst = ipv4("0.0.0.0");
		route.rt_genmask = ipv4("0.0.0.0");
		route.rt_gateway = ipv4(gateway);
		if (ioctl(sock, SIOCADDRT, &route) && errno != EEXIST)
			fail("route", gateway);
	}
	close(sock);
	if (slash)
		*slash = '/';
	write_hosts();
}

void set_loopback(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bring_up(sock, "lo", "127.0.0.1", 8);
	close(sock);
}
