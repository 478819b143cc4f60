// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * s9q: a KSM page of which the reverse map of Linux 6.12, 7.2, 7.3 misses an entry for ever.
 *
 * Swap entries of a merged page are not broken by MADV_UNMERGEABLE, which only looks at present pages. What
 * is read back from the swap cache maps the merged page, and the next scan frees the items of a range that
 * is not mergeable. No mremap is needed.
 *
 * To be run as root on a machine of its own: it sets KSM up anew, and back in the end. It needs
 * swap, and a memory cgroup (made, or named as argument); a second memory node shows more.
 *
 *   cc -O2 -static -o s9q s9q.c && ./s9q [CGROUP]
 *
 * Exit status: 0 the hole is there, 1 it is not, 2 it could not be set up, and why.
 * Written by `find_holes --emit-c` of stabtree from the history in `history` below.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *const versions[] = { "6.12.", "7.2.", "7.3." };

/* The entries of the page in the end, and whether each is missed for ever on each version:
 * 1 if so, 0 if not, -1 if there the history leads elsewhere. */
static const struct {
	int process;
	unsigned long page;
	int missed[3];
} entries[] = {
	{ 0, 101, { 1, 1, 1 } },
	{ 1, 200, { 0, 0, 0 } },
};

#define TITLE "s9q"
enum {
	PROCESSES = 2,
	PAGES = 201, /* page numbers are below */
	PINS = 1, /* at a time */
	FROM = 0, /* the entry from which the page is migrated */
};

static void history(void);

#define PAGE 4096UL
#define BASE 0x20000000000UL
#define ADDRESS(page) (BASE + (page) * PAGE)
#define KSM "/sys/kernel/mm/ksm/"
#define PRESENT(entry) ((entry) >> 63)
#define SWAPPED(entry) ((entry) >> 62 & 1)
#define FRAME(entry) ((entry) & ((1UL << 55) - 1))
/* Bits of /proc/kpageflags. */
#define IN_SWAP_CACHE (1UL << 13)
#define IS_KSM (1UL << 21)
#define MOVE_ALL 4 /* MPOL_MF_MOVE_ALL */
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* ---- small things -------------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2), noreturn)) static void give_up(const char *format, ...)
{
	va_list list;

	fputs("cannot set up: ", stdout);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	exit(2);
}

/* Writes a file of the kernel's; returns 0 or a negative error number. */
static int put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (file < 0)
		return -errno;
	if (write(file, text, strlen(text)) < 0)
		error = -errno;
	close(file);
	return error;
}

/* Reads a file of the kernel's as text; returns its length, or -1. */
static long get(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	long length;

	text[0] = 0;
	if (file < 0)
		return -1;
	length = read(file, text, size - 1);
	text[length < 0 ? 0 : length] = 0;
	close(file);
	return length;
}

/* Reads one word at `index` of a file of words, such as pagemap; returns 0 if there is none. */
static uint64_t word(const char *path, uint64_t index)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t value = 0;

	if (file < 0)
		return 0;
	if (pread(file, &value, sizeof(value), (off_t)(index * sizeof(value))) != sizeof(value))
		value = 0;
	close(file);
	return value;
}

static uint64_t frame_flags(uint64_t frame)
{
	return word("/proc/kpageflags", frame);
}

static uint64_t frame_count(uint64_t frame)
{
	return word("/proc/kpagecount", frame);
}

/* ---- processes: each waits for requests of the first one, which is in no history ------------ */

/* A process whose mergeable memory keeps the scanner's list from being empty; later the control. */
#define KEEPER PROCESSES

enum { CALL, FILL, TOUCH, HOLD, FORK, QUIT };

struct request {
	long what, arguments[7];
};

static int command[PROCESSES + 1][2], reply[PROCESSES + 1][2];
static pid_t pids[PROCESSES + 1];
/* A page whose reference lies in a pipe is pinned. The last pipe is the one of `swap_out`. */
static int pipes[PINS + 1][2];

__attribute__((noreturn)) static void serve(int me)
{
	struct request request;

	for (int i = 0; i <= PROCESSES; i++)
		close(command[i][1]); /* so that the end of the first process ends all */
	while (read(command[me][0], &request, sizeof(request)) == sizeof(request)) {
		long *a = request.arguments, result = 0;

		switch (request.what) {
		case CALL:
			result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
			break;
		case FILL:
			memset((void *)a[0], (int)a[1], PAGE);
			if (a[2])
				*(long *)a[0] = a[2];
			break;
		case TOUCH:
			(void)*(volatile char *)a[0];
			break;
		case HOLD: {
			struct iovec page = { (void *)a[0], PAGE };

			result = vmsplice(pipes[a[1]][1], &page, 1, SPLICE_F_NONBLOCK);
			break;
		}
		case FORK:
			result = fork();
			if (result == 0)
				me = (int)a[0];
			break;
		}
		if (result == -1)
			result = -errno;
		if (write(reply[me][1], &result, sizeof(result)) != sizeof(result))
			break;
		if (request.what == QUIT)
			break;
	}
	_exit(0);
}

static long answer(int process)
{
	struct pollfd ready = { .fd = reply[process][0], .events = POLLIN };
	long result;

	while (poll(&ready, 1, 100) == 0)
		if (kill(pids[process], 0) < 0)
			give_up("process %d died", process);
	if (read(reply[process][0], &result, sizeof(result)) != sizeof(result))
		give_up("process %d does not answer", process);
	return result;
}

static long ask(int process, struct request request)
{
	if (write(command[process][1], &request, sizeof(request)) != sizeof(request))
		give_up("process %d takes no requests", process);
	return answer(process);
}

static void must(long result, int process, const char *what, unsigned long page)
{
	if (result < 0)
		give_up("process %d, page %lu: %s: %s", process, page, what, strerror((int)-result));
}

static uint64_t entry(int process, unsigned long page)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pids[process]);
	return word(path, ADDRESS(page) / PAGE);
}

static void start(int process)
{
	fflush(stdout);
	pids[process] = fork();
	if (pids[process] == 0)
		serve(process);
	if (pids[process] < 0)
		give_up("fork: %s", strerror(errno));
}

static void map(int process, unsigned long page, unsigned long pages, long protection)
{
	must(ask(process, (struct request){ CALL, { SYS_mmap, (long)ADDRESS(page), (long)(pages * PAGE),
		protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0 } }), process, "mmap", page);
}

static void advise(int process, unsigned long page, unsigned long pages, long advice)
{
	must(ask(process, (struct request){ CALL, { SYS_madvise, (long)ADDRESS(page),
		(long)(pages * PAGE), advice } }), process, "madvise", page);
}

static void fill(int process, unsigned long page, unsigned long pages, long byte)
{
	for (; pages > 0; page++, pages--)
		ask(process, (struct request){ FILL, { (long)ADDRESS(page), byte } });
}

static void fork_process(int parent, int child)
{
	long pid = ask(parent, (struct request){ FORK, { child } });

	must(pid, parent, "fork", 0);
	pids[child] = (pid_t)pid;
	answer(child);
}

static void touch(int process, unsigned long page, unsigned long pages)
{
	for (; pages > 0; page++, pages--)
		ask(process, (struct request){ TOUCH, { (long)ADDRESS(page) } });
}

static void drop(int pin)
{
	static char page[PAGE];

	if (read(pipes[pin][0], page, PAGE) != (long)PAGE)
		give_up("a pinned page does not come out of its pipe");
}

static void pin(int process, unsigned long page, int pin)
{
	must(ask(process, (struct request){ HOLD, { (long)ADDRESS(page), pin } }), process,
	     "vmsplice", page);
}

/* ---- reclaim and migration ------------------------------------------------------------------ */

static char group[256], group_file[300];
static int made_group, swappiness = 1;
static int nodes[2], node_count;

/* Asks the memory cgroup to give back so much. That it was less is the normal outcome. */
static void reclaim(const char *amount)
{
	char text[64];

	snprintf(text, sizeof(text), "%s swappiness=200", amount);
	if (swappiness && put(group_file, text) == -EINVAL)
		swappiness = 0; /* before 6.9 */
	if (!swappiness)
		put(group_file, amount);
}

/* The node on which the page is, or a negative error number. */
static int node_of(pid_t pid, unsigned long address)
{
	void *page = (void *)address;
	int node = -EFAULT;

	if (syscall(SYS_move_pages, (long)pid, 1L, &page, NULL, &node, 0L) < 0)
		return -errno;
	return node;
}

/* Migrates the page to another node, with all its entries; true if it went. */
static int migrate(pid_t pid, unsigned long address)
{
	void *page = (void *)address;
	int from = node_of(pid, address), to = nodes[from == nodes[0]], status = 0;

	if (from < 0)
		give_up("move_pages cannot say where the page is: %s", strerror(-from));
	if (syscall(SYS_move_pages, (long)pid, 1L, &page, &to, &status, (long)MOVE_ALL) < 0)
		give_up("move_pages: %s", strerror(errno));
	return node_of(pid, address) == to;
}

/* Swaps out one page and no other: those that go with it are held in the swap cache and read
 * back. `kept` says whether a pin keeps the page itself there; otherwise it has to leave it. */
static void swap_out(int process, unsigned long page, int kept)
{
	static struct {
		int process;
		unsigned long page;
	} others[256];
	uint64_t frame = FRAME(entry(process, page)), now = 0;
	int count = 0, rounds;

	if (!PRESENT(entry(process, page)))
		give_up("process %d, page %lu is not there to be swapped out", process, page);
	for (int q = 0; q < PROCESSES; q++) {
		for (unsigned long other = 0; pids[q] && other < PAGES; other++) {
			uint64_t value = entry(q, other);

			if (!PRESENT(value) || FRAME(value) == frame)
				continue;
			if (count == 256)
				give_up("more than 256 pages besides the one to be swapped out");
			must(ask(q, (struct request){ HOLD, { (long)ADDRESS(other), PINS } }), q,
			     "vmsplice", other);
			others[count].process = q;
			others[count++].page = other;
		}
	}
	if (frame_count(frame) == 1)
		ask(process, (struct request){ CALL, { SYS_madvise, (long)ADDRESS(page), PAGE,
			MADV_PAGEOUT } });
	for (rounds = 0; rounds < 300; rounds++) {
		now = entry(process, page);
		if (SWAPPED(now) && (kept || !(frame_flags(frame) & IN_SWAP_CACHE)))
			break;
		reclaim("64K");
	}
	for (int i = 0; i < count; i++) {
		touch(others[i].process, others[i].page, 1);
		drop(PINS);
	}
	if (rounds == 300)
		give_up("process %d, page %lu %s", process, page, SWAPPED(now) ?
			"does not leave the swap cache" : "is not swapped out");
}

/* ---- the scanner ---------------------------------------------------------------------------- */

static long counter(const char *name)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), KSM "%s", name);
	get(path, text, sizeof(text));
	return atol(text);
}

/* One round of the scanner, which stops after `pages` pages or at the end of its list. It sleeps for
 * hours, and a change of that time wakes it. */
static void round_of(const char *pages)
{
	static int odd;
	long scans, scanned = counter("pages_scanned"), end = scanned + atol(pages);

	put(KSM "pages_to_scan", pages);
	scans = counter("full_scans");
	for (int i = 0; counter("full_scans") == scans && counter("pages_scanned") < end; i++) {
		if (i == 20000)
			give_up("the scanner does not run");
		if (i % 50 == 0) /* a change while it is not yet asleep is lost */
			put(KSM "sleep_millisecs", (odd ^= 1) ? "3600001" : "3600000");
		usleep(1000);
	}
	put(KSM "run", "1"); /* waits for the scanner's lock */
}

static void scan(long times)
{
	while (times-- > 0)
		round_of("1000000");
}

/* ---- set-up --------------------------------------------------------------------------------- */

static struct {
	const char *name, *value;
	int optional;
	char before[32];
} settings[] = {
	{ "run", "2", 0, "" },
	{ "merge_across_nodes", "1", 1, "" },
	{ "use_zero_pages", "0", 0, "" },
	{ "smart_scan", "0", 1, "" }, /* since 6.7 */
	{ "advisor_mode", "none", 1, "" }, /* since 6.8 */
	{ "pages_to_scan", "1000000", 0, "" },
	{ "sleep_millisecs", "3600000", 0, "" },
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static pid_t first_process;
static int lacks, were_read;
static char page_cluster[32];

__attribute__((format(printf, 1, 2))) static void lack(const char *format, ...)
{
	va_list list;

	lacks = 1;
	fputs("lacking: ", stdout);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
}

static void restore(void)
{
	char path[300];

	if (getpid() != first_process)
		return;
	for (int i = 0; i <= PROCESSES; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	if (were_read)
		put(KSM "run", "2");
	for (int i = SETTINGS - 1; were_read && i >= 0; i--) {
		snprintf(path, sizeof(path), KSM "%s", settings[i].name);
		put(path, settings[i].before);
	}
	if (page_cluster[0])
		put("/proc/sys/vm/page-cluster", page_cluster);
	if (made_group) {
		put("/sys/fs/cgroup/cgroup.procs", "0");
		for (int i = 0; rmdir(group) < 0 && i < 100; i++)
			usleep(10000);
	}
}

/* Finds out what is there; says all that is lacking. */
static void look(const char *cgroup)
{
	char text[4096];
	volatile char own = 1;
	int can_reclaim;

	if (access(KSM "run", F_OK) < 0)
		lack("KSM: the kernel has no " KSM "run (CONFIG_KSM)");
	else if (access(KSM "run", W_OK) < 0)
		lack("the right to write " KSM "run (root)");
	if (FRAME(word("/proc/self/pagemap", (uintptr_t)&own / PAGE)) == 0)
		lack("frame numbers in /proc/self/pagemap (CAP_SYS_ADMIN)");
	if (access("/proc/kpageflags", R_OK) < 0 || access("/proc/kpagecount", R_OK) < 0)
		lack("/proc/kpageflags and /proc/kpagecount (root, CONFIG_PROC_PAGE_MONITOR)");

	get("/sys/devices/system/node/has_memory", text, sizeof(text));
	for (char *rest = text; *rest && *rest != '\n' && node_count < 2;) {
		long first = strtol(rest, &rest, 10), last = *rest == '-' ? strtol(rest + 1, &rest, 10) : first;

		for (; first <= last && node_count < 2; first++)
			nodes[node_count++] = (int)first;
		rest += *rest == ',';
	}

	if (cgroup) {
		snprintf(group, sizeof(group), "%s", cgroup);
	} else {
		snprintf(group, sizeof(group), "/sys/fs/cgroup/ksm-hole-%d", getpid());
		put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
		made_group = mkdir(group, 0755) == 0;
	}
	snprintf(group_file, sizeof(group_file), "%s/cgroup.procs", group);
	can_reclaim = put(group_file, "0") == 0;
	snprintf(group_file, sizeof(group_file), "%s/memory.reclaim", group);
	can_reclaim = can_reclaim && access(group_file, W_OK) == 0;
	get("/proc/swaps", text, sizeof(text));
	if (!strchr(text, '\n') || !strchr(text, '\n')[1])
		lack("swap (swapon)");
	if (!can_reclaim)
		lack("a memory cgroup of version 2 with memory.reclaim (named as argument, or made by root)");
	if (node_count < 2)
		puts("note: one memory node only, so nothing is migrated; reclaim alone decides");
	if (lacks)
		exit(2);
}

static void set_up(void)
{
	char path[300];

	for (int i = 0; i < SETTINGS; i++) {
		snprintf(path, sizeof(path), KSM "%s", settings[i].name);
		get(path, settings[i].before, sizeof(settings[i].before));
	}
	/* advisor_mode shows all its values, the one in use in brackets */
	for (int i = 0; i < SETTINGS; i++) {
		char *open = strchr(settings[i].before, '['), *close = strchr(settings[i].before, ']');

		if (open && close) {
			*close = 0;
			memmove(settings[i].before, open + 1, (size_t)(close - open));
		}
	}
	were_read = 1;
	for (int i = 0; i < SETTINGS; i++) {
		int error;

		snprintf(path, sizeof(path), KSM "%s", settings[i].name);
		error = put(path, settings[i].value);
		if (error && !settings[i].optional)
			give_up("%s: %s", path, strerror(-error));
	}
	if (counter("merge_across_nodes") != 1)
		give_up(KSM "merge_across_nodes is 0, and cannot be set");
	/* No page comes along with one that is read back. */
	get("/proc/sys/vm/page-cluster", page_cluster, sizeof(page_cluster));
	put("/proc/sys/vm/page-cluster", "0");

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGCHLD, SIG_IGN); /* the dead are not kept */
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i <= PROCESSES; i++)
		if (pipe(command[i]) < 0 || pipe(reply[i]) < 0)
			give_up("pipe: %s", strerror(errno));
	for (int i = 0; i <= PINS; i++)
		if (pipe(pipes[i]) < 0)
			give_up("pipe: %s", strerror(errno));
	if (fcntl(pipes[PINS][1], F_SETPIPE_SZ, 1 << 20) < 0)
		give_up("a pipe of 1 MiB: %s", strerror(errno));

	start(KEEPER);
	map(KEEPER, 0, 2, PROT_READ | PROT_WRITE);
	advise(KEEPER, 0, 2, MADV_MERGEABLE);
	put(KSM "run", "1");
	scan(2);
}

/* ---- what became of it ---------------------------------------------------------------------- */

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]), VERSIONS = sizeof(versions) / sizeof(versions[0]) };

static const char *shown(uint64_t value)
{
	return PRESENT(value) ? "mapped" : SWAPPED(value) ? "a swap entry" : "empty";
}

/* All entries map one merged page, and nothing else does. */
static void arrive(void)
{
	uint64_t frame = FRAME(entry(entries[0].process, entries[0].page));
	int wrong = 0;

	for (int i = 0; i < ENTRIES; i++) {
		uint64_t value = entry(entries[i].process, entries[i].page);

		if (!PRESENT(value) || FRAME(value) != frame) {
			printf("process %d, page %lu is %s%s\n", entries[i].process, entries[i].page,
			       shown(value), PRESENT(value) ? ", and not the same page as the first entry" : "");
			wrong = 1;
		}
	}
	if (wrong)
		give_up("the history did not lead to one page under all entries");
	if (!(frame_flags(frame) & IS_KSM))
		give_up("the page is not a merged one");
	if (frame_count(frame) != ENTRIES)
		give_up("the page has %lu entries, not %d", (unsigned long)frame_count(frame), ENTRIES);
	printf("reached: one merged page with %d entries\n", ENTRIES);
}

/* Tries to migrate the page, at once and after more and more scans; true if the last attempt fails. */
static int try_migrations(void)
{
	static const long scans[] = { 0, 1, 2, 4, 20 };
	long all = 0;
	int went = 1;

	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
		scan(scans[i]);
		all += scans[i];
		went = migrate(pids[entries[FROM].process], ADDRESS(entries[FROM].page));
		printf("migration after %2ld full scans: %s\n", all, went ? "done" : "FAILED");
	}
	return !went;
}

/* Two pages without a history, merged now: what works with them works on this machine. */
static void control(void)
{
	uint64_t a, b;

	for (unsigned long page = 0; page < 2; page++)
		ask(KEEPER, (struct request){ FILL, { (long)ADDRESS(page), 0xa5, -1 } });
	scan(4);
	a = entry(KEEPER, 0);
	b = entry(KEEPER, 1);
	if (!PRESENT(a) || FRAME(a) != FRAME(b) || !(frame_flags(FRAME(a)) & IS_KSM))
		give_up("two equal pages are not merged on this machine");
	if (node_count >= 2 && !migrate(pids[KEEPER], ADDRESS(0)))
		give_up("even the control, a merged page without a history, is not migrated");
	puts(node_count < 2 ? "control: merged" : "control: merged and migrated");
}

/* Takes away what reclaim can take; returns how many entries are left. */
static int reclaim_all(void)
{
	int left = ENTRIES;
	uint64_t a = 0, b = 0;

	for (int round = 0; round < 60; round++) {
		reclaim("64M");
		left = 0;
		for (int i = 0; i < ENTRIES; i++)
			left += PRESENT(entry(entries[i].process, entries[i].page)) != 0;
		a = entry(KEEPER, 0);
		b = entry(KEEPER, 1);
		if (left == 0 || (round >= 20 && !PRESENT(a) && !PRESENT(b)))
			break;
	}
	if (left && (PRESENT(a) || PRESENT(b)))
		give_up("even the control, a merged page without a history, is not reclaimed");
	return left;
}

int main(int count, char **arguments)
{
	struct utsname name;
	int version = -1, stuck = 0, left, expected = -1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	uname(&name);
	for (int i = 0; i < VERSIONS; i++)
		if (!strncmp(name.release, versions[i], strlen(versions[i])))
			version = i;
	printf("%s on Linux %s\n", TITLE, name.release);
	if (version >= 0) {
		expected = 0;
		for (int i = 0; i < ENTRIES; i++)
			expected |= entries[i].missed[version]; /* -1 stays -1 */
	}
	printf("expected: %s\n", version < 0 ? "nothing, the model does not follow this kernel" :
	       expected < 0 ? "nothing, the history leads elsewhere on this kernel" :
	       expected ? "a hole" : "no hole");

	first_process = getpid();
	atexit(restore);
	look(count > 1 ? arguments[1] : NULL);
	set_up();
	history();
	arrive();
	if (node_count >= 2)
		stuck = try_migrations();
	control();
	left = reclaim_all();
	for (int i = 0; i < ENTRIES; i++) {
		uint64_t value = entry(entries[i].process, entries[i].page);

		printf("after reclaim: process %d, page %lu is %s%s\n", entries[i].process, entries[i].page,
		       shown(value), expected < 0 ? "" :
		       entries[i].missed[version] ? "; expected to stay mapped" : "; expected to go");
	}

	if (node_count >= 2 && stuck != (left > 0))
		give_up("undecided: the last migration %s, but reclaim left %d entries",
			stuck ? "failed" : "was done", left);
	if (left)
		printf("seen: a HOLE: %d of %d entries are never found again", left, ENTRIES);
	else
		printf("seen: no hole");
	puts(expected < 0 ? "" : expected == (left > 0) ? ", as expected" : ", AGAINST the expectation");
	return left ? 0 : 1;
}

/* ---- the history, and each operation in the words of recordings ---- */

static void history(void)
{
	start(0);
	fork_process(0, 1);                     /* fork 0 1 */
	map(0, 100, 2, PROT_READ | PROT_WRITE); /* mmap 0 100 2 rw */
	advise(0, 100, 2, MADV_MERGEABLE);      /* mergeable 0 100 2 */
	fill(0, 100, 2, 119);                   /* write 0 100 2 119 */
	map(1, 200, 1, PROT_READ | PROT_WRITE); /* mmap 1 200 1 rw */
	advise(1, 200, 1, MADV_MERGEABLE);      /* mergeable 1 200 1 */
	fill(1, 200, 1, 119);                   /* write 1 200 1 119 */
	scan(4);                                /* scan 4 */
	pin(1, 200, 0);                         /* pin 1 200 1 */
	swap_out(0, 100, 1);                    /* swapout 0 100 60 */
	touch(1, 200, 1);                       /* read 1 200 1 */
	drop(0);                                /* unpin 1 200 1 */
	advise(0, 100, 2, MADV_UNMERGEABLE);    /* unmergeable 0 100 2 */
	touch(0, 101, 1);                       /* read 0 101 1 */
	scan(1);                                /* scan 1 */
}
