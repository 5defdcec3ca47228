/* What the guest is told: the image's own settings, then the kernel's command line. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *arguments[MOST + 1], *environment[MOST + 1], *volumes[MOST + 1];
char *address, *gateway, *nameservers, *directory = "/", *hostname = "guest";
char *tree, *user, *groups;
int watched_port, stop_signal = SIGTERM;

static char *decoded(const char *text)
{
	char *result = malloc(strlen(text) + 1), *out = result;
	for (; *text; text++) {
		unsigned value;
		if (*text == '%' && sscanf(text + 1, "%2x", &value) == 1) {
			*out++ = value;
			text += 2;
		} else
			*out++ = *text;
	}
	*out = 0;
	return result;
}

static void append(char **list, char *value)
{
	int n = 0;
	while (list[n])
		n++;
	if (n == MOST) {
		errno = E2BIG;
		fail("settings", value);
	}
	list[n] = value;
}

static void set_environment(char *pair)
{
	size_t name = strcspn(pair, "=") + 1;
	for (int n = 0; environment[n]; n++)
		if (!strncmp(environment[n], pair, name)) {
			environment[n] = pair;
			return;
		}
	append(environment, pair);
}

static void read_setting(char *word)
{
	static const struct {
		const char *name;
		char **value;
	} texts[] = {
		{"address", &address}, {"gateway", &gateway}, {"dns", &nameservers},
		{"directory", &directory}, {"hostname", &hostname}, {"tree", &tree},
		{"user", &user}, {"groups", &groups},
	};
	char *value = strchr(word, '=');
	if (!value)
		return;
	*value++ = 0;
	value = decoded(value);
	for (int n = 0; n < (int)(sizeof texts / sizeof *texts); n++)
		if (!strcmp(word, texts[n].name))
			*texts[n].value = value;
	if (!strcmp(word, "watch"))
		watched_port = atoi(value);
	else if (!strcmp(word, "stop"))
		stop_signal = atoi(value);
	else if (!strcmp(word, "arg"))
		append(arguments, value);
	else if (!strcmp(word, "volume"))
		append(volumes, value);
	else if (!strncmp(word, "env.", 4)) {
		char *pair = malloc(strlen(word) + strlen(value) + 2);
		sprintf(pair, "%s=%s", word + 4, value);
		set_environment(pair);
	}
}

char *read_whole(const char *path)
{
	static char text[16384];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
	if (file >= 0)
		close(file);
	if (got < 0)
		return NULL;
	text[got] = 0;
	return text;
}

void read_settings(const char *path, const char *prefix)
{
	char *text = read_whole(path);
	size_t length = strlen(prefix);
	if (!text)
		fail("read", path);
	for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
		if (!strncmp(word, prefix, length))
			read_setting(word + length);
}

int write_text(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
	if (file >= 0)
		close(file);
	return done;
}
