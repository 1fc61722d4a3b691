/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "kusto_auth.h"
#include "labels.h"
#include "local_engine.h"
#include "log.h"
#include "settings.h"
#include "status.h"

static int
read_labels(struct settings *s, struct err *e)
{
	const struct opt_list *texts = &s->args.labels;
	struct labels l = { 0 };

	for (size_t i = 0; i < texts->n; i++)
		if (labels_parse(&s->arena, texts->v[i], &l, e) == -1)
			return err_wrap(e, "-l %s", texts->v[i]);
	for (size_t i = 0; i < l.n; i++)
		if (placeholder_add(&s->arena, &s->labels, l.v[i].key,
			l.v[i].value, e) == -1)
			return -1;
	return 0;
}

/* Values for the parameters of a query, NAME=VALUE. */
static int
read_parameters(struct settings *s, struct err *e)
{
	const struct opt_list *texts = &s->args.params;

	for (size_t i = 0; i < texts->n; i++) {
		char *name = arena_strdup(&s->arena, texts->v[i]);
		char *value = strchr(name, '=');
		const struct kql_parameter *p = s->parameters;
		struct kql_parameter *more;

		if (value == NULL || value == name)
			return err_set(e, ST_USAGE,
			    "--param %s: not NAME=VALUE", texts->v[i]);
		*value++ = '\0';
		while (p != NULL && strcmp(p->name, name) != 0)
			p = p->next;
		if (p != NULL)
			return err_set(
			    e, ST_USAGE, "--param %s is given twice", name);
		more = arena_alloc(&s->arena, sizeof(*more));
		*more = (struct kql_parameter){ name, value, s->parameters };
		s->parameters = more;
	}
	return 0;
}

static int
read_destinations(struct settings *s, struct err *e)
{
	const char *names = s->args.destinations;

	strs_split(&s->destinations, &s->arena, names, ", ");
	if (s->destinations.n == 0)
		return err_set(
		    e, ST_USAGE, "--destinations \"%s\": no name", names);
	return 0;
}

static int
read_time(const char *option, const char *text, ticks *t, struct err *e)
{
	if (when_parse(text, strlen(text), t) == -1 || *t % WHEN_SEC != 0)
		return err_set(e, ST_USAGE,
		    "%s %s: not a time such as 2025-06-25T10:00:00Z", option,
		    text);
	return 0;
}

static int
read_range(struct settings *s, struct err *e)
{
	const struct args *a = &s->args;

	if ((a->from == NULL) != (a->to == NULL))
		return err_set(e, ST_USAGE, "--from and --to go together");
	if (a->done != NULL && a->from == NULL)
		return err_set(e, ST_USAGE, "--done needs --from and --to");
	if (a->from == NULL)
		return 0;
	if (read_time("--from", a->from, &s->from, e) == -1 ||
	    read_time("--to", a->to, &s->to, e) == -1)
		return -1;
	if (s->from >= s->to)
		return err_set(e, ST_USAGE, "--to is not after --from");
	return 0;
}

/* What has no sense together, or alone. */
static int
check_modes(const struct settings *s, struct err *e)
{
	const struct args *a = &s->args;
	int adhoc = a->query != NULL || a->query_file != NULL;

	if (a->query != NULL && a->query_file != NULL)
		return err_set(e, ST_USAGE,
		    "-q and --query-file exclude "
		    "each other");
	if (adhoc && (a->from != NULL || a->dry_run || a->once))
		return err_set(e, ST_USAGE,
		    "a query of its own has no window: "
		    "no --from, --dry-run or --once");
	if (!adhoc && a->database != NULL)
		return err_set(e, ST_USAGE, "-d needs -q or --query-file");
	if (!adhoc && a->params.n > 0)
		return err_set(e, ST_USAGE, "--param needs -q or --query-file");
	if (!adhoc && a->explain)
		return err_set(
		    e, ST_USAGE, "--explain needs -q or --query-file");
	if (a->check + a->explain + a->dry_run > 1)
		return err_set(e, ST_USAGE,
		    "only one of --check, --explain "
		    "and --dry-run");
	if (s->endpoints.n == 0 && !a->check)
		return err_set(
		    e, ST_USAGE, "no endpoint; give -e DATABASE=ENDPOINT");
	return 0;
}

static void
say_bad_row(void *ctx, const char *what)
{
	(void)ctx;
	log_warn("row skipped", KV_S("error", what));
}

static int
read_bad_rows(struct settings *s, struct err *e)
{
	const char *how = s->args.bad_rows;

	if (strcmp(how, "skip") == 0)
		kql_skip_bad_rows(s->engines.kql, say_bad_row, NULL);
	else if (strcmp(how, "fail") != 0)
		return err_set(e, ST_USAGE, "--bad-rows %s: fail or skip", how);
	return 0;
}

/* The client for services, when there is one among the endpoints. */
static int
open_services(struct settings *s, struct err *e)
{
	struct tokens_config tc = { .file = s->args.token_file,
		.secret = getenv("KQLPIPE_TOKEN"),
		.user_agent = "kqlpipe/" VERSION };
	struct kusto_config kc = { .ca_file = s->args.ca_file,
		.insecure = s->args.insecure };
	size_t i = 0;

	while (i < s->endpoints.n && !endpoint_remote(&s->endpoints.v[i]))
		i++;
	if (i == s->endpoints.n)
		return 0;
	if ((kc.tokens = s->tokens = tokens_new(&tc, e)) == NULL)
		return -1;
	for (; tokens_given(s->tokens) && i < s->endpoints.n; i++) {
		const char *url = endpoint_remote(&s->endpoints.v[i]);

		if (url != NULL && !http_may_carry_token(url))
			log_warn("no TLS: asked without a token",
			    KV_S("endpoint", url));
	}
	s->engines.kusto = kusto_new(&kc, e);
	return s->engines.kusto != NULL ? 0 : -1;
}

int
settings_init(struct settings *s, const struct args *a, struct metric *counts,
    struct err *e)
{
	const char *now = a->now != NULL ? a->now : getenv("KQLPIPE_NOW");

	memset(s, 0, sizeof(*s));
	s->args = *a;
	s->counts = counts;
	if (endpoints_read(&s->arena, &a->endpoints, &s->endpoints, e) == -1 ||
	    check_modes(s, e) == -1 || read_labels(s, e) == -1 ||
	    read_parameters(s, e) == -1 || read_destinations(s, e) == -1 ||
	    read_range(s, e) == -1 || clock_init(&s->clock, now, e) == -1)
		return -1;
	s->engines.kql = local_open(&s->endpoints, e);
	if (s->engines.kql == NULL || read_bad_rows(s, e) == -1)
		return -1;
	return open_services(s, e);
}

void
settings_fini(struct settings *s)
{
	kusto_free(s->engines.kusto);
	tokens_free(s->tokens);
	kql_free(s->engines.kql);
	arena_fini(&s->arena);
}
