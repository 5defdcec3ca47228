/* PID 1 of a guest with one application.
 *
 * Mounts what the application expects of a system, sets the address without waiting for
 * anything, starts the application, forwards signals, reaps, reports the exit status and
 * powers off. Settings come from /epos-init.conf in the image and from the kernel's
 * command line (`epos.NAME=VALUE`), which wins. Values are percent-encoded.
 *
 * Lines for programs to read, on the console; times are seconds since the kernel started,
 * `at` is the guest's wall clock:
 *   epos-init: started 0.412345 at 1763887000.123456
 *   epos-init: address 0.413012 10.0.7.210/24
 *   epos-init: exec 0.414100
 *   epos-init: listening 1.020000 4000        (only with epos.watch=4000)
 *   epos-init: resumed 12.100000 10.0.7.211/24
 *   epos-init: exit status 0
 */
#include "init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETUP_FAILED 125 /* exit status when the application was never started */
#define GRACE_S 10       /* between the first request to end and SIGKILL */
#define WATCH_MS 5       /* between two looks for the listening port, with epos.watch only, */
#define WATCH_LATER_MS 5 /* and so much more for each second since the start */

static pid_t application;

double seconds(int clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void say(const char *format, ...)
{
	char line[512] = "epos-init: ";
	va_list rest;
	va_start(rest, format);
	int used = vsnprintf(line + 11, sizeof line - 12, format, rest) + 11;
	va_end(rest);
	if (used > (int)sizeof line - 2)
		used = sizeof line - 2;
	line[used++] = '\n';
	/* One write, so that no line of the application lands in its middle. */
	if (write(2, line, used) < 0)
		return;
}

static void __attribute__((noreturn)) power_off(int status)
{
	/* What it has left running writes no more. */
	kill(-1, SIGKILL);
	say("exit status %d", status);
	sync();
	/* A console that is a serial line loses what is still in its buffer. */
	ioctl(2, 0x5409 /* TCSBRK */, 1);
	reboot(RB_POWER_OFF);
	_exit(status);
}

void fail(const char *what, const char *which)
{
	say("error %s %s: %s", what, which, strerror(errno));
	power_off(SETUP_FAILED);
}

static void start_application(const sigset_t *usual)
{
	if (!arguments[0]) {
		errno = EINVAL;
		fail("settings", "no epos.arg: nothing to start");
	}
	say("exec %.6f", seconds(CLOCK_BOOTTIME));
	application = fork();
	if (application < 0)
		fail("fork", arguments[0]);
	if (application)
		return;
	setsid();
	sigprocmask(SIG_SETMASK, usual, NULL);
	if (tree)
		prepare_container();
	if (chdir(directory))
		say("error directory %s: %s", directory, strerror(errno));
	environ = environment; /* its PATH is the one that counts */
	execvp(arguments[0], arguments);
	int found = errno == EACCES; /* as a shell would say it */
	say("error exec %s: %s", arguments[0], strerror(errno));
	_exit(found ? 126 : 127);
}

static void reap(void)
{
	int status;
	for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
		if (ended == application)
			/* As a shell would say it: 128 + signal. */
			power_off(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void forward(int number)
{
	/* Requests to end, Xen's (SIGTERM, from /sbin/poweroff) and Ctrl-C on the console (SIGINT),
	 * are SIGTERM to it, or what its image names. */
	if (number == SIGCHLD)
		reap();
	else if (number == SIGALRM)
		kill(application, SIGKILL);
	else if (number == SIGHUP || number == SIGUSR1)
		kill(application, number);
	else {
		say("stopping %.6f", seconds(CLOCK_BOOTTIME));
		kill(application, stop_signal);
		alarm(GRACE_S);
	}
}

/* State 0A is LISTEN; the local address ends with the port in hexadecimal, the other is 0. */
static int port_listens(const char *table)
{
	char wanted[16], *text = read_whole(table);
	snprintf(wanted, sizeof wanted, ":%04X ", watched_port);
	for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n"))
		if (strstr(line, wanted) && strstr(line, "00000000:0000 0A "))
			return 1;
	return 0;
}

/* Seldom after a while: where nothing ever listens, looking is no work that is waited for. */
static int look_again_ms(void)
{
	return watched_port ? WATCH_MS + (int)(seconds(CLOCK_BOOTTIME) * WATCH_LATER_MS) : -1;
}

static void supervise(const sigset_t *handled)
{
	struct signalfd_siginfo signal;
	struct pollfd events[] = {
		{.fd = signalfd(-1, handled, SFD_CLOEXEC), .events = POLLIN},
		{.fd = watch_clock(), .events = POLLIN},
	};
	for (;;) {
		int many = poll(events, 2, look_again_ms());
		if (watched_port &&
		    (port_listens("/proc/net/tcp") || port_listens("/proc/net/tcp6"))) {
			say("listening %.6f %d", seconds(CLOCK_BOOTTIME), watched_port);
			watched_port = 0;
		}
		if (many <= 0)
			continue;
		if (events[1].revents)
			resumed(events[1].fd);
		if (events[0].revents && read(events[0].fd, &signal, sizeof signal) == sizeof signal)
			forward(signal.ssi_signo);
	}
}

static void mount_system(void)
{
	attach("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	attach("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	attach("dev", "/dev", "devtmpfs", MS_NOSUID, NULL);
	attach("tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
	attach("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
	attach("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

int main(int count, char **words)
{
	sigset_t handled, usual;
	(void)count;
	/* The kernel runs /sbin/poweroff, which is this program too, when the host asks the
	 * guest to end (xl shutdown, virsh shutdown). */
	if (getpid() != 1) {
		(void)words;
		return kill(1, SIGTERM) != 0;
	}
	double started = seconds(CLOCK_BOOTTIME);
	mount_system();
	say("started %.6f at %.6f", started, seconds(CLOCK_REALTIME));
	sigfillset(&handled);
	sigprocmask(SIG_BLOCK, &handled, &usual);
	/* Ctrl-C on the console is for PID 1, which knows how the application is asked to end. */
	setsid();
	ioctl(0, TIOCSCTTY, 1);
	read_settings("/epos-init.conf", "");
	read_settings("/proc/cmdline", "epos.");
	if (tree) {
		enter_tree();
		mount_for_container();
	}
	sethostname(hostname, strlen(hostname));
	write_hosts();
	set_loopback();
	if (address) {
		set_address();
		say("address %.6f %s", seconds(CLOCK_BOOTTIME), address);
	}
	if (nameservers)
		write_resolver();
	for (int n = 0; volumes[n]; n++)
		attach_volume(volumes[n]);
	start_application(&usual);
	supervise(&handled);
}
