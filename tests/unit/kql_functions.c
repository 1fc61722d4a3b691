/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <sqlite3.h>

#include "check.h"
#include "kql/fn/functions.h"

/* What compiled SQL gives, by the rules of the language. */
static const struct {
	const char *sql;
	const char *want; /* NULL: null */
} cases[] = {
	/* numbers */
	{ "kql_add(9223372036854775807, 1)", "-9223372036854775808" },
	{ "kql_add(1, 2.5, 1)", "4.5" },
	{ "kql_sub(1, NULL)", NULL },
	{ "kql_mul('NaN', 2)", "NaN" },
	{ "kql_neg(-9223372036854775807 - 1)", "-9223372036854775808" },
	{ "kql_idiv(-7, 2)", "-3" },
	{ "kql_idiv(7, 0)", NULL },
	{ "kql_idiv(-9223372036854775807 - 1, -1)", "-9223372036854775808" },
	{ "kql_rdiv(1, 0)", "Inf" },
	{ "kql_rdiv(0, 0)", "NaN" },
	{ "kql_mod(-14, 12)", "10" },
	{ "kql_mod(14, -12)", "2" },
	{ "kql_mod(-14, -12)", "10" },
	{ "kql_mod(5, 0)", NULL },
	{ "kql_mod(-5.5, 2.0)", "0.5" },
	{ "kql_bin(-5, 2)", "-6" },
	{ "kql_bin(5, 0)", NULL },
	{ "kql_rbin(-5.5, 2.0)", "-6.0" },
	{ "kql_rbin(5.5, 2)", "4.0" },
	{ "kql_bin_at(7, 5, 1)", "6" },
	{ "kql_bin_at(-7, 5, 1)", "-9" },
	{ "kql_round(2.5)", "3.0" },
	{ "kql_round(-2.5)", "-3.0" },
	{ "kql_round(2.345, 2)", "2.35" },
	{ "kql_round(1234, -2)", "1200.0" },
	{ "kql_ceiling(3)", "3.0" },
	{ "kql_sqrt(-1)", NULL },
	{ "kql_log10(1000)", "3.0" },
	{ "kql_abs(-3)", "3" },
	{ "kql_isnan('NaN')", "1" },
	{ "kql_isinf(1e999)", "1" },
	{ "kql_isfinite(1)", "1" },
	/* comparison */
	{ "kql_eq(NULL, 5)", "0" },
	{ "kql_ne(NULL, 5)", "1" },
	{ "kql_eq(NULL, NULL)", NULL },
	{ "kql_lt(NULL, 5)", NULL },
	{ "kql_eq('NaN', 'NaN')", "0" },
	{ "kql_ne('NaN', 'NaN')", "1" },
	{ "kql_lt('NaN', 1)", "0" },
	{ "kql_ge(2, 2.0)", "1" },
	{ "kql_min_of(3, NULL, 1.5)", "1.5" },
	{ "kql_max_of(NULL, NULL)", NULL },
	{ "kql_max_of(1, 'NaN', 2)", "NaN" },
	/* conversion */
	{ "kql_string_to_int('abc')", NULL },
	{ "kql_string_to_int('3.0')", NULL },
	{ "kql_string_to_int('0x10')", "16" },
	{ "kql_string_to_int('2147483648')", NULL },
	{ "kql_string_to_long(' 12 ')", "12" },
	{ "kql_real_to_int(1e19)", "2147483647" },
	{ "kql_real_to_long(-1e19)", "-9223372036854775808" },
	{ "kql_real_to_long(-2.9)", "-2" },
	{ "kql_long_to_int(2147483648)", "-2147483648" },
	{ "kql_string_to_bool('tRuE')", "1" },
	{ "kql_string_to_bool('yes')", NULL },
	{ "kql_string_to_bool('1')", "1" },
	{ "kql_string_to_bool('0x10')", "1" },
	{ "kql_string_to_bool(' true')", NULL },
	{ "kql_string_to_guid('0123456789ab-cdef-0123-456789ABCDEF')",
	    "01234567-89ab-cdef-0123-456789abcdef" },
	{ "kql_string_to_guid('0123')", NULL },
	{ "kql_string_to_guid('0123456789ab-cdef-0123-456789ABCDEF0')", NULL },
	{ "kql_string_to_real('-inf')", "-Inf" },
	{ "kql_string_to_real('nan')", "NaN" },
	{ "kql_string_to_real('x')", NULL },
	{ "kql_real_to_string(42.0)", "42.0" },
	{ "kql_real_to_string(100000000000.0)", "100000000000.0" },
	{ "kql_real_to_string(-0.0)", "-0.0" },
	{ "kql_real_to_string(-1e999)", "-inf" },
	{ "kql_real_to_string(NULL)", "" },
	{ "kql_bool_to_string(1)", "True" },
	{ "kql_dynamic_to_string('true')", "true" },
	{ "kql_dynamic_to_string('\"a\\nb\"')", "a\nb" },
	{ "kql_dynamic_to_string('{\"a\":1}')", "{\"a\":1}" },
	{ "kql_dynamic_to_string(NULL)", "" },
	{ "kql_dynamic_to_long('\"12\"')", "12" },
	{ "kql_dynamic_to_real('[1]')", NULL },
	{ "kql_datetime_to_string(630822816000000001)",
	    "2000-01-01T00:00:00.0000001Z" },
	{ "kql_timespan_to_string(936000000000)", "1.02:00:00" },
	{ "kql_string_to_timespan('13:00')", "468000000000" },
	{ "kql_string_to_timespan('1d')", "864000000000" },
	{ "kql_string_to_timespan('1.5h')", "54000000000" },
	{ "kql_string_to_datetime('13-01-2022')", NULL },
	{ "kql_datetime_to_string(kql_string_to_datetime('12-02-2022'))",
	    "2022-12-02T00:00:00.0000000Z" },
	{ "kql_datetime_to_string(kql_string_to_datetime("
	  "'Sat, 8 Nov 14 15:05:02 GMT'))",
	    "2014-11-08T15:05:02.0000000Z" },
	{ "kql_datetime_to_string(kql_string_to_datetime("
	  "'2014-11-08 15:55:55.123456+02:00'))",
	    "2014-11-08T13:55:55.1234560Z" },
	{ "kql_string_to_datetime('2023-02-29')", NULL },
	{ "kql_string_to_guid('74BE27DE1E4E49D9B579FE0B331D3642')",
	    "74be27de-1e4e-49d9-b579-fe0b331d3642" },
	{ "kql_string_to_dynamic(' {\"a\" : [1, 2]}')", "{\"a\":[1,2]}" },
	{ "kql_string_to_dynamic('not json')", "\"not json\"" },
	{ "kql_string_to_dynamic('')", NULL },
	{ "kql_string_to_dynamic('null')", NULL },
	{ "kql_real_to_dynamic(1.0)", "1.0" },
	{ "kql_real_to_dynamic('NaN')", "\"NaN\"" },
	{ "kql_quote('1')", "\"1\"" },
	{ "kql_gettype_dynamic('1.5')", "double" },
	{ "kql_gettype_dynamic(NULL)", "null" },
	{ "kql_gettype_dynamic('{}')", "dictionary" },
	/* strings */
	{ "kql_tolower('CAFÉ Ñ')", "café ñ" },
	{ "kql_toupper('müller')", "MÜLLER" },
	{ "kql_strlen('naïve')", "5" },
	{ "kql_string_size('naïve')", "6" },
	{ "kql_reverse('añb')", "bña" },
	{ "kql_substring('naïve', 2, 2)", "ïv" },
	{ "kql_substring('abc', -2)", "bc" },
	{ "kql_substring('abc', 5)", "" },
	{ "kql_substring('abc', -5)", "" },
	{ "kql_substring('abc', 1, -1)", "" },
	{ "kql_indexof('abcdefg', 'cde', 1, 4)", "2" },
	{ "kql_indexof('abcdefg', 'cde', 1, 1)", "-1" },
	{ "kql_indexof('abcdefg', 'cde', -5)", "2" },
	{ "kql_indexof('abcdefgabcdefg', 'cde', 1, 10, 2)", "9" },
	{ "kql_indexof('abcdefgabcdefg', 'cde', 1, -1, 3)", "-1" },
	{ "kql_indexof('abc', '')", NULL },
	{ "kql_split('', ',')", "[\"\"]" },
	{ "kql_split('a,b,,c', ',')", "[\"a\",\"b\",\"\",\"c\"]" },
	{ "kql_split('a/b', '/', 1)", "[\"b\"]" },
	{ "kql_split('a/b', '/', 7)", NULL },
	{ "kql_strcat_delim('-', 'a', '', 'b')", "a--b" },
	{ "kql_replace_string('aXbX', 'X', 'yy')", "ayybyy" },
	{ "kql_replace_string('abc', '', '_')", "abc" },
	{ "kql_countof('aaaa', 'aa')", "3" },
	/* terms */
	{ "kql_has('alpha_beta', 'ALPHA')", "1" },
	{ "kql_has('helloworld', 'hello')", "0" },
	{ "kql_has('1.2.3', '2.3')", "1" },
	{ "kql_has('1_2_3', '2.3')", "0" },
	{ "kql_has('naïve', 'na')", "0" },
	{ "kql_has('so naïve!', 'NAÏVE')", "1" },
	{ "kql_has('x', '')", "1" },
	{ "kql_has('中文—naïf', 'naïf')", "1" },
	{ "kql_has('中naïf', 'naïf')", "0" },
	{ "kql_has_cs('Alpha', 'alpha')", "0" },
	{ "kql_hasprefix('hello-world', 'wor')", "1" },
	{ "kql_hassuffix('hello-world', 'lo')", "1" },
	{ "kql_hasprefix('hello', 'ell')", "0" },
	{ "kql_contains('CRÈME', 'rème')", "1" },
	{ "kql_contains_cs('ABC', 'b')", "0" },
	{ "kql_startswith('Abc', 'aB')", "1" },
	{ "kql_endswith('Abc', 'BC')", "1" },
	{ "kql_has_any('a b', 'x', 'B')", "1" },
	{ "kql_has_all('a b', 'x', 'B')", "0" },
	{ "kql_fold('MÜLLER') = kql_fold('müller')", "1" },
	/* regular expressions */
	{ "kql_matches('１２', '^\\d+$')", "1" },
	{ "kql_extract('x=(\\d+)', 1, 'a x=42 b')", "42" },
	{ "kql_extract('x=(\\d+)', 1, 'nope')", "" },
	{ "kql_extract_all('(\\d+)', 'a1b22')", "[\"1\",\"22\"]" },
	{ "kql_extract_all('([a-z])(\\d)?', 'a1b')",
	    "[[\"a\",\"1\"],[\"b\",\"\"]]" },
	{ "kql_extract_all('(z)', 'abc')", NULL },
	{ "kql_replace_regex('abcABC', '(?i)abc', '#')", "##" },
	{ "kql_replace_regex('aB', '([a-z])([A-Z])', '\\1_\\2')", "a_B" },
	{ "kql_replace_regex('ab', 'x*', '-')", "-a-b-" },
	{ "kql_trim('x', 'xxabcxx')", "xabcx" },
	{ "kql_trim('\\s', '  a  ')", " a " },
	{ "kql_trim_end('.com', 'bing.com')", "bing" },
	{ "kql_trim('1', '11')", "" },
	{ "kql_countof_regex('abcABCabc', '[a-z]')", "6" },
	/* times; 637134336000000000 is 2020-01-01 */
	{ "kql_time_add(637134336000000000, -637134336000000001)", NULL },
	{ "kql_time_add(5, 3)", "8" },
	{ "kql_datetime_to_string(kql_startofweek(kql_make_datetime(2024, 2, "
	  "29)))",
	    "2024-02-25T00:00:00.0000000Z" },
	{ "kql_datetime_to_string(kql_endofmonth(kql_make_datetime(2024, 1, "
	  "5), 1))",
	    "2024-02-29T23:59:59.9999999Z" },
	{ "kql_datetime_to_string(kql_startofyear(kql_make_datetime(2024, 1, "
	  "5), -1))",
	    "2023-01-01T00:00:00.0000000Z" },
	{ "kql_timespan_to_string(kql_dayofweek(kql_make_datetime(1970, 5, "
	  "11)))",
	    "1.00:00:00" },
	{ "kql_week_of_year(kql_make_datetime(2021, 12, 26))", "51" },
	{ "kql_week_of_year(kql_make_datetime(2000, 1, 1))", "52" },
	{ "kql_week_of_year(kql_make_datetime(2020, 12, 31))", "53" },
	{ "kql_dayofyear(kql_make_datetime(2020, 12, 31))", "366" },
	{ "kql_datetime_part('Quarter', kql_make_datetime(2020, 5, 1))", "2" },
	{ "kql_datetime_part('no', 0)", NULL },
	{ "kql_datetime_to_string(kql_datetime_add('month', 1, "
	  "kql_make_datetime(2020, 1, 31)))",
	    "2020-02-29T00:00:00.0000000Z" },
	{ "kql_datetime_diff('month', kql_make_datetime(2020, 1, 31), "
	  "kql_make_datetime(2020, 2, 1))",
	    "-1" },
	{ "kql_datetime_diff('week', kql_make_datetime(2024, 2, 29), "
	  "kql_make_datetime(2020, 2, 29))",
	    "209.0" },
	{ "kql_make_datetime(2020, 13, 1)", NULL },
	{ "kql_make_datetime(2021, 2, 29)", NULL },
	{ "kql_timespan_to_string(kql_make_timespan(1, 2, 3, 4))",
	    "1.02:03:04" },
	{ "kql_make_timespan(25, 70)", NULL },
	{ "kql_datetime_to_string(kql_unixtime(1546300800, 10000000))",
	    "2019-01-01T00:00:00.0000000Z" },
	{ "kql_datetime_to_string(kql_unixtime(1546300800000000123, 0.01))",
	    "2019-01-01T00:00:00.0000001Z" },
	{ "kql_format_datetime(kql_make_datetime(2017, 1, 29, 9, 0, 5), "
	  "'yy-M-dd [h:mm:ss tt]')",
	    "17-1-29 [9:00:05 AM]" },
	{ "kql_format_datetime(kql_make_datetime(2007, 3, 9), 'dddd MMM')",
	    "0909 033" },
	{ "kql_format_timespan(-36000000000, 'hh:mm:ss')", "-01:00:00" },
	{ "kql_format_timespan(25380051234500, 'ddd.h:mm:ss [fffffff]')",
	    "029.9:00:05 [1234500]" },
	/* dynamic */
	{ "kql_member('{\"a\":{\"b\":[1,2]}}', 'a')", "{\"b\":[1,2]}" },
	{ "kql_member('{\"a\":null}', 'a')", NULL },
	{ "kql_member('{\"q\\\"\":1}', 'q\"')", "1" },
	{ "kql_member('[1]', 'a')", NULL },
	{ "kql_element('[1,\"a,]\",3]', 1)", "\"a,]\"" },
	{ "kql_element('[1,2,3]', -1)", "3" },
	{ "kql_element('[1,2,3]', 3)", NULL },
	{ "kql_element('[1,2,3]', -4)", NULL },
	{ "kql_array_length('[[1,2],{\"a\":[]}]')", "2" },
	{ "kql_array_length('[]')", "0" },
	{ "kql_array_length('{}')", NULL },
	{ "kql_pack_array('1', NULL, '\"x\"')", "[1,null,\"x\"]" },
	{ "kql_bag_pack('a', '1', 'a', '2', 'b', NULL)",
	    "{\"a\":1,\"b\":null}" },
	{ "kql_dynamic_eq('1', '1.0')", "1" },
	{ "kql_dynamic_eq('\"1\"', '1')", "0" },
	{ "kql_dynamic_lt('\"a\"', '\"b\"')", "1" },
	{ "kql_dynamic_gt('[1]', '[0]')", NULL },
};

/* Aggregates over the column x of these rows. */
static const struct {
	const char *rows;
	const char *sql;
	const char *want;
} groups[] = {
	{ "(1),(NULL),(3)", "kql_sum(x)", "4" },
	{ "(9223372036854775807),(1)", "kql_sum(x)", "-9223372036854775808" },
	{ "(NULL)", "kql_sum(x)", "0" },
	{ "(NULL)", "kql_rsum(x)", "0.0" },
	{ "(1),(2)", "kql_avg(x)", "1.5" },
	{ "(NULL)", "kql_avg(x)", "NaN" },
	{ "(NULL)", "kql_avg_ticks(x)", NULL },
	{ "(10),(21)", "kql_avg_ticks(x)", "15" },
	{ "(1.5),('NaN'),(-1)", "kql_min(x)", "NaN" },
	{ "(1.5),(-1)", "kql_min(x)", "-1" },
	{ "(NULL)", "kql_max(x)", NULL },
	{ "('b'),('a'),('é')", "kql_max_string(x)", "é" },
	{ "('b'),('a')", "kql_min_string(x)", "a" },
	{ "(NULL),('b'),('a')", "kql_take_any(x)", "b" },
	{ "(10),(20)", "kql_percentiles(x, 50)", "[10]" },
	{ "(10),(20)", "kql_percentiles(x, 51)", "[20]" },
	{ "(3),(1),(2)", "kql_percentiles(x, 0)", "[1]" },
	{ "(3),(1),(2)", "kql_percentiles(x, 100)", "[3]" },
	{ "(NULL)", "kql_percentiles(x, 50)", NULL },
	{ "(1),(2),(3),(4),(5),(6),(7),(8),(9),(10)", "kql_stdev(x)",
	    "3.027650354103" },
	{ "(1),(2),(3),(4),(5),(6),(7),(8),(9),(10)", "kql_variance(x)",
	    "9.1666666667" },
	{ "(1),(2),(3),(4)", "kql_variancep(x)", "1.25" },
	{ "(7)", "kql_stdev(x)", "0.0" },
	{ "(1e999),(1)", "kql_variance(x)", "NaN" },
	{ "('1'),('\"a\"'),(NULL),('1')", "kql_make_list(x)", "[1,\"a\",1]" },
	{ "('1'),('\"a\"'),('1')", "kql_make_set(x)", "[1,\"a\"]" },
	{ "('1'),('2'),('3')", "kql_make_list(x, 2)", "[1,2]" },
	{ "(NULL)", "kql_make_set(x)", "[]" },
	{ "('[1,2]'),('[[1],2]')", "kql_make_list(x)", "[1,2,[1],2]" },
	{ "('[1,2]'),('[]'),('2')", "kql_make_set(x)", "[1,2]" },
	{ "('{\"a\":1}'),('{\"a\":2,\"b\":3}')", "kql_make_bag(x)",
	    "{\"a\":1,\"b\":3}" },
	{ "(NULL)", "kql_make_bag(x)", "{}" },
};

/* What ends a query rather than being silently wrong. */
static void
check_refused(sqlite3 *db, const char *sql, const char *why)
{
	sqlite3_stmt *st;

	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ERROR);
	if (strstr(sqlite3_errmsg(db), why) == NULL)
		CHECK_STR(sqlite3_errmsg(db), why);
	sqlite3_finalize(st);
}

/* One value as SQLite's text; "null" is told apart by a pointer. */
static void
check_sql(sqlite3 *db, const char *sql, const char *want)
{
	const char *got = NULL;
	sqlite3_stmt *st;

	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		got = (const char *)sqlite3_column_text(st, 0);
	else
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
	if (want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0)
		check_passed++;
	else {
		check_failed++;
		fprintf(stderr, "%s: got %s, want %s\n", sql,
		    got != NULL ? got : "(null)",
		    want != NULL ? want : "(null)");
	}
	sqlite3_finalize(st);
}

static void
test_tables(sqlite3 *db)
{
	char sql[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(sql, sizeof(sql), "SELECT %s", cases[i].sql);
		check_sql(db, sql, cases[i].want);
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		snprintf(sql, sizeof(sql),
		    "WITH t(x) AS (VALUES %s) SELECT %s FROM t", groups[i].rows,
		    groups[i].sql);
		check_sql(db, sql, groups[i].want);
	}
}

static void
test_refused(sqlite3 *db)
{
	check_refused(db, "SELECT kql_matches('a', '(')", "character 2");
	check_refused(db,
	    "SELECT kql_matches(replace(hex(zeroblob(40)), '0', 'a') || 'b', "
	    "'^(a|aa)+$')",
	    "takes too long");
	check_refused(
	    db, "SELECT kql_format_datetime(0, 'q')", "format specifier");
}

int
main(void)
{
	struct err e;
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		return 1;
	CHECK_INT(functions_register(db, &e), 0);
	test_tables(db);
	test_refused(db);
	sqlite3_close(db);
	return check_end("kql_functions");
}
