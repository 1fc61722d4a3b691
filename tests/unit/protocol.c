/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "world.h"

/*
 * The order and status protocol as a whole, in histories made up of kills,
 * outages of queries, destinations and disk, lost answers, receipts that are
 * late or come again, edits, deletion and a clock that is set.  After each
 * event every window has to be where it may be (account.h), and once the
 * trouble is over all of them must have gone.
 *
 * protocol [SEED [COUNT]] runs other seeds; a seed that fails is printed, and
 * one that is run alone tells its story.
 */
#define QUIET 8000 /* seconds in which all must be done after the trouble */

static struct arena constants;
static struct json *lists[1 << DESTS];

const struct json *
world_list(unsigned listed)
{
	struct json **list = &lists[listed];

	if (*list != NULL)
		return *list;
	*list = json_new(&constants, JSON_ARRAY);
	for (int i = 0; i < DESTS; i++)
		if (listed >> i & 1)
			json_push(
			    *list, json_new_str(&constants, account_names[i]));
	return *list;
}

/* Where it hangs. */
static void
show_open(const struct world *w)
{
	const struct owed *o = &w->owed;

	printf("kills %d, edits %d, steps %d, rebirths %d (uid %d), leaks %d, "
	       "repeats %d, slow %d\n",
	    w->trouble.deadly, w->trouble.edits, w->trouble.steps,
	    w->trouble.rebirths, w->has_uid, w->trouble.leaks,
	    w->trouble.repeats, w->trouble.slow);
	printf("second %d, interval %d, %zu late\n", w->now, w->interval,
	    o->nlates);
	for (int i = 0; i < w->ghosts.n; i++)
		printf("another for %s stands at %d, %d attempts\n",
		    account_names[w->ghosts.dest], w->ghosts.v[i].next,
		    w->ghosts.v[i].attempts);
	for (size_t i = 0; i < o->ndests; i++)
		printf("%s stands at %lld, %lld attempts\n", o->dests[i].name,
		    (long long)((o->dests[i].next - account_time(0)) /
			WHEN_SEC),
		    (long long)o->dests[i].tries.attempts);
}

static int
live(uint64_t seed, int tells)
{
	struct world *w = world_new(seed, tells);
	int good;

	while (!world_is_settled(w) && !w->broken &&
	    w->now < w->trouble.until + QUIET)
		world_step(w);
	good = !w->broken && world_is_settled(w);
	if (!good) {
		printf("seed %llu fails\n", (unsigned long long)seed);
		show_open(w);
	}
	world_free(w);
	return good;
}

int
main(int argc, char *argv[])
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	int count = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : 500;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (count-- > 0 && check_failed < 20)
		CHECK(live(seed++, argc == 2));
	if (argc > 1)
		printf("%d windows sent, %d samples dead, %d needlessly, "
		       "%d windows passed over, %d dropped, %d times another "
		       "exporter, %d conflicts, %d receipts while full, "
		       "%d checks\n",
		    world_total.windows, world_total.dead, world_total.needless,
		    world_total.passed, world_total.dropped, world_total.others,
		    world_total.conflicts, world_total.full,
		    world_total.checks);
	arena_fini(&constants);
	arena_fini(&world_scratch);
	return check_end("protocol");
}
