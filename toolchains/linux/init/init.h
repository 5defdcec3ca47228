#ifndef INIT_H
#define INIT_H

#define MOST 128 /* arguments, environment entries, volumes: each */

/* settings.c */
extern char *arguments[], *environment[], *volumes[];
extern char *address, *gateway, *nameservers, *directory, *hostname;
extern char *tree, *user, *groups; /* of a container's image: NULL for all others */
extern int watched_port, stop_signal;
void read_settings(const char *path, const char *prefix);
char *read_whole(const char *path);
int write_text(const char *path, const char *text);

/* volumes.c */
void attach(const char *what, const char *where, const char *type, unsigned long flags,
	    const char *options);
void attach_volume(char *volume);
void make_folders(const char *path);

/* names.c */
void write_resolver(void);
void write_hosts(void);

/* container.c: only with `tree` */
void enter_tree(void);
void mount_for_container(void);
void prepare_container(void);

/* fill.c */
void fill_volume(int image, const char *where);

/* network.c */
void set_loopback(void);
void set_address(void);
void wait_for_link(void);

/* resume.c: a guest restored from a saved state takes what the host left in Xenstore */
int watch_clock(void);
void resumed(int clock_watch);

/* init.c */
double seconds(int clock);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *what, const char *which) __attribute__((noreturn));

#endif
