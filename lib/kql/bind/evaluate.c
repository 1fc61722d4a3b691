/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/peek.h"

static const struct {
	const char *name;
	struct plan *(*bind)(struct binder *, struct plan *, const struct op *,
	    const struct expr *);
} plugins[] = {
	{ "bag_unpack", bind_bag_unpack },
	{ "pivot", bind_pivot },
	{ "narrow", bind_narrow },
	{ "ipv4_lookup", bind_ip_lookup },
	{ "ipv6_lookup", bind_ip_lookup },
};

struct plan *
evaluated(struct binder *b, struct plan *in, const struct op *op, size_t room)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);

	memset(&p->out, 0, sizeof(p->out));
	p->serialized = 0;
	p->values = arena_zalloc(b->arena, (room + 1) * sizeof(*p->values));
	return p;
}

struct plan *
bind_evaluate(struct binder *b, struct plan *in, const struct op *op)
{
	const struct expr *x = op->args;
	struct near near = { 0 };
	char hint[100];

	if (check_whole(b, in, op->at) == -1)
		return NULL;
	for (size_t i = 0; i < sizeof(plugins) / sizeof(*plugins); i++)
		if (strcmp(plugins[i].name, x->text) == 0)
			return plugins[i].bind(b, in, op, x);
	if (builtin_missing(MISSING_PLUGIN, x->text)) {
		fail_unsupported(b->e, x->at, "plugin '%s'", x->text);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(plugins) / sizeof(*plugins); i++)
		near_offer(&near, x->text, plugins[i].name);
	fail_semantic(b->e, x->at, "there is no plugin '%.80s'%s", x->text,
	    near_text(&near, hint, sizeof(hint)));
	return NULL;
}
