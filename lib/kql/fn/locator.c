/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "kql/fn/fn.h"

/* URLs, paths, versions and lines of CSV taken apart. */

struct part {
	const char *s;
	size_t n;
};

static void
skip(struct part *rest, size_t n)
{
	rest->s += n;
	rest->n -= n;
}

/* Take what stands before the first c, and that; or all, and return 0. */
static int
take_until(struct part *rest, char c, struct part *p)
{
	const char *at = rest->n > 0 ? memchr(rest->s, c, rest->n) : NULL;

	p->s = rest->s;
	p->n = at != NULL ? (size_t)(at - rest->s) : rest->n;
	skip(rest, at != NULL ? p->n + 1 : p->n);
	return at != NULL;
}

/* Cut off what stands behind the last c; nothing when there is none. */
static struct part
cut_behind(struct part *p, char c)
{
	const char *at = p->n > 0 ? memrchr(p->s, c, p->n) : NULL;
	struct part behind = { p->s + p->n, 0 };

	if (at != NULL) {
		behind.s = at + 1;
		behind.n = p->n - (size_t)(at - p->s) - 1;
		p->n = (size_t)(at - p->s);
	}
	return behind;
}

static void
put_member(struct buf *b, const char *name, struct part p)
{
	if (b->len > 1)
		buf_putc(b, ',');
	json_write_str(b, name, strlen(name));
	buf_putc(b, ':');
	json_write_str(b, p.s, p.n);
}

/* Is the key also in what stands before it? */
static int
is_repeated(struct part all, struct part key)
{
	struct part pair, name;

	while (all.s < key.s && take_until(&all, '&', &pair)) {
		take_until(&pair, '=', &name);
		if (name.s < key.s && name.n == key.n &&
		    memcmp(name.s, key.s, key.n) == 0)
			return 1;
	}
	return 0;
}

/* k=v&k=v as a bag; of keys that are the same the first counts. */
static void
put_query(struct buf *b, struct part all)
{
	struct part rest = all, pair, key;
	struct buf bag = { 0 };
	char name[256];

	buf_putc(&bag, '{');
	while (rest.n > 0) {
		take_until(&rest, '&', &pair);
		take_until(&pair, '=', &key);
		if (key.n == 0 || key.n >= sizeof(name) ||
		    is_repeated(all, key))
			continue;
		memcpy(name, key.s, key.n);
		name[key.n] = '\0';
		put_member(&bag, name, pair);
	}
	buf_puts(b, "\"Query Parameters\":");
	buf_add(b, bag.data, bag.len);
	buf_putc(b, '}');
	buf_fini(&bag);
}

/* [user[:password]@]host[:port] */
static void
put_authority(
    struct buf *b, struct part rest, struct part *user, struct part *password)
{
	struct part login = { rest.s, 0 }, host, port;

	if (rest.n > 0 && memchr(rest.s, '@', rest.n) != NULL)
		take_until(&rest, '@', &login);
	take_until(&login, ':', user);
	*password = login;
	if (rest.n > 0 && *rest.s == '[' &&
	    memchr(rest.s, ']', rest.n) != NULL) {
		host.s = rest.s;
		host.n = (size_t)((const char *)memchr(rest.s, ']', rest.n) -
			     rest.s) +
		    1;
		skip(&rest, host.n);
		skip(&rest, rest.n > 0);
	} else {
		take_until(&rest, ':', &host);
	}
	port = rest;
	put_member(b, "Host", host);
	put_member(b, "Port", port);
}

/* Take name:// if it is there; else what is taken is empty. */
static struct part
take_scheme(struct part *rest)
{
	struct part scheme = { rest->s, 0 };
	size_t n = 0;

	while (n < rest->n &&
	    (isalnum((unsigned char)rest->s[n]) ||
		strchr("+-.", rest->s[n]) != NULL))
		n++;
	if (n == 0 || rest->n - n < 3 || memcmp(rest->s + n, "://", 3) != 0)
		return scheme;
	scheme.n = n;
	skip(rest, n + 3);
	return scheme;
}

static struct part
argument(sqlite3_value *v)
{
	struct part p;

	p.s = fn_str(v, &p.n);
	return p;
}

static void
parse_url(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct part rest = argument(v[0]), scheme, fragment, query, user, pass;
	struct part authority = { "", 0 }, before;

	(void)nargs;
	take_until(&rest, '#', &before);
	fragment = rest;
	rest = before;
	take_until(&rest, '?', &before);
	query = rest;
	rest = before;
	scheme = take_scheme(&rest);
	if (scheme.n > 0) {
		authority.s = rest.s;
		while (authority.n < rest.n && rest.s[authority.n] != '/')
			authority.n++;
		skip(&rest, authority.n);
	}
	buf_putc(&b, '{');
	put_member(&b, "Scheme", scheme);
	put_authority(&b, authority, &user, &pass);
	put_member(&b, "Path", rest);
	put_member(&b, "Username", user);
	put_member(&b, "Password", pass);
	buf_putc(&b, ',');
	put_query(&b, query);
	put_member(&b, "Fragment", fragment);
	buf_putc(&b, '}');
	fn_buf(c, &b);
}

static void
parse_query(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct part p = argument(v[0]);

	(void)nargs;
	buf_putc(&b, '{');
	put_query(&b, p);
	buf_putc(&b, '}');
	fn_buf(c, &b);
}

/* The directory of a path, its last / or \ left out but behind a root. */
static struct part
cut_file(struct part *p, size_t root)
{
	struct part directory = { p->s, p->n };

	while (directory.n > 0 &&
	    strchr("/\\", directory.s[directory.n - 1]) == NULL)
		directory.n--;
	skip(p, directory.n);
	if (directory.n > root)
		directory.n--;
	return directory;
}

static void
parse_path(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct part file = argument(v[0]), scheme = take_scheme(&file), stream;
	struct part root = { file.s, 0 }, directory, name;

	(void)nargs;
	if (file.n >= 3 && isalpha((unsigned char)file.s[0]) &&
	    file.s[1] == ':' && strchr("/\\", file.s[2]) != NULL)
		root.n = 3;
	directory = cut_file(&file, root.n);
	name = directory;
	cut_file(&name, 0);
	stream = cut_behind(&file, ':');
	buf_putc(&b, '{');
	put_member(&b, "Scheme", scheme);
	put_member(&b, "RootPath", root);
	put_member(&b, "DirectoryPath", directory);
	put_member(&b, "DirectoryName", name);
	put_member(&b, "Filename", file);
	put_member(&b, "Extension", cut_behind(&file, '.'));
	put_member(&b, "AlternateDataStreamName", stream);
	buf_putc(&b, '}');
	fn_buf(c, &b);
}

#define VERSION_PARTS  4
#define VERSION_DIGITS 8

/* parse_version: 1.2.3.4 as a decimal with eight digits for each part. */
static void
parse_version(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	char out[VERSION_PARTS * VERSION_DIGITS + 1];
	struct part rest = argument(v[0]), p;
	size_t at = 0, zeros;
	int more = 1;

	(void)nargs;
	memset(out, '0', sizeof(out));
	for (at = 0; more && at < VERSION_PARTS; at++) {
		more = take_until(&rest, '.', &p);
		if (p.n == 0 || p.n > VERSION_DIGITS)
			return;
		for (size_t i = 0; i < p.n; i++)
			if (!isdigit((unsigned char)p.s[i]))
				return;
		memcpy(out + (at + 1) * VERSION_DIGITS - p.n, p.s, p.n);
	}
	if (more)
		return;
	out[sizeof(out) - 1] = '\0';
	zeros = strspn(out, "0");
	if (zeros == sizeof(out) - 1)
		zeros--;
	fn_text(c, out + zeros, sizeof(out) - 1 - zeros);
}

/* parse_csv: the fields of the first line. */
static void
parse_csv(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct part p = argument(v[0]);
	struct buf b = { 0 }, field = { 0 };
	int quoted = 0;

	(void)nargs;
	buf_putc(&b, '[');
	for (size_t i = 0; i <= p.n; i++) {
		char x = i < p.n ? p.s[i] : '\n';

		if (x == '"' && quoted && i + 1 < p.n && p.s[i + 1] == '"') {
			buf_putc(&field, p.s[++i]);
		} else if (x == '"' && (quoted || field.len == 0)) {
			quoted = !quoted;
		} else if (i < p.n &&
		    (quoted || strchr(",\r\n", x) == NULL || x == '\0')) {
			buf_putc(&field, x);
		} else {
			if (b.len > 1)
				buf_putc(&b, ',');
			json_write_str(&b, buf_str(&field), field.len);
			buf_reset(&field);
			if (x != ',')
				break;
		}
	}
	buf_putc(&b, ']');
	buf_fini(&field);
	fn_buf(c, &b);
}

const struct fn fn_locator[] = {
	{ "kql_parse_url", 1, parse_url, 0, NULL },
	{ "kql_parse_urlquery", 1, parse_query, 0, NULL },
	{ "kql_parse_path", 1, parse_path, 0, NULL },
	{ "kql_parse_version", 1, parse_version, 0, NULL },
	{ "kql_parse_csv", 1, parse_csv, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
