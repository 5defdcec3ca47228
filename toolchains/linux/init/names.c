/* Names: this guest's own, and who is asked for others. */
#include "init.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In place of what an image has there, which may be a link to nowhere. A root that is read-only
 * has links into /run. */
static void write_names(const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%s", tree ? "/etc" : "/run", name);
	unlink(path);
	write_text(path, text);
}

void write_resolver(void)
{
	char text[512] = "";
	for (char *server = strtok(nameservers, ","); server; server = strtok(NULL, ","))
		snprintf(text + strlen(text), sizeof text - strlen(text), "nameserver %s\n", server);
	write_names("resolv.conf", text);
}

/* A program that asks for the address of its own host gets one that others reach. */
void write_hosts(void)
{
	char text[512];
	int own = address ? (int)strcspn(address, "/") : 9;
	snprintf(text, sizeof text, "127.0.0.1 localhost\n%.*s %s\n", own,
		 address ? address : "127.0.0.1", hostname);
	write_names("hosts", text);
}
