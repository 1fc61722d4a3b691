/* SPDX-License-Identifier: MIT */
#include "../../kql2rows/reply.h"
#include "../../kqlrun/kusto_error.h"
#include "../../kqlrun/kusto_reader.h"
#include "check.h"
#include "log.h"
#include "status.h"

/*
 * Answers of a Kusto service, whole, and what becomes of each: in kqlrun, which
 * judges and passes on, and in kql2rows, which decodes what was passed on.
 */

#define HEAD                                                        \
	"{\"FrameType\":\"DataSetHeader\",\"IsProgressive\":false," \
	"\"Version\":\"v2.0\"}"
#define COLS(type) "[{\"ColumnName\":\"c\",\"ColumnType\":\"" type "\"}]"
#define TABLE(type, rows)                                                      \
	"{\"FrameType\":\"DataTable\",\"TableId\":1,\"TableKind\":"            \
	"\"PrimaryResult\",\"TableName\":\"PrimaryResult\",\"Columns\":" COLS( \
	    type) ",\"Rows\":[" rows "]}"
#define SECOND                                                                 \
	"{\"FrameType\":\"DataTable\",\"TableId\":2,\"TableKind\":"            \
	"\"PrimaryResult\",\"TableName\":\"PrimaryResult\",\"Columns\":" COLS( \
	    "long") ",\"Rows\":[[2],[3]]}"
#define BACKWARDS                                                          \
	"{\"Rows\":[[7]],\"Columns\":" COLS(                               \
	    "long") ",\"TableName\":"                                      \
		    "\"T\",\"TableKind\":\"PrimaryResult\",\"TableId\":3," \
		    "\"FrameType\":\"DataTable\"}"
#define THEAD(type)                                                            \
	"{\"FrameType\":\"TableHeader\",\"TableId\":1,\"TableKind\":"          \
	"\"PrimaryResult\",\"TableName\":\"PrimaryResult\",\"Columns\":" COLS( \
	    type) "}"
#define FRAG(rows)                                                \
	"{\"FrameType\":\"TableFragment\",\"TableFragmentType\":" \
	"\"DataAppend\",\"TableId\":1,\"Rows\":[" rows "]}"
#define TEND(n) \
	"{\"FrameType\":\"TableCompletion\",\"TableId\":1,\"RowCount\":" n "}"
#define INFO(level)                                                       \
	"{\"FrameType\":\"DataTable\",\"TableId\":2,\"TableKind\":"       \
	"\"QueryCompletionInformation\",\"TableName\":\"Q\",\"Columns\":" \
	"[{\"ColumnName\":\"Level\",\"ColumnType\":\"int\"},"             \
	"{\"ColumnName\":\"StatusCodeName\",\"ColumnType\":\"string\"},"  \
	"{\"ColumnName\":\"Payload\",\"ColumnType\":\"string\"}],"        \
	"\"Rows\":[[4,\"S_OK (0)\",\"{}\"],[" level ",\"E_X\",\"why\"]]}"
#define END(errors, cancelled)                                       \
	"{\"FrameType\":\"DataSetCompletion\",\"HasErrors\":" errors \
	",\"Cancelled\":" cancelled "}"
#define GOOD END("false", "false")
#define ERROR(code, permanent)                                       \
	"{\"error\":{\"code\":\"" code "\",\"message\":\"general\"," \
	"\"@type\":\"T\",\"@message\":\"said\",\"@permanent\":" permanent "}}"
#define ONEAPI(code, permanent) "\"OneApiErrors\":[" ERROR(code, permanent) "]"
#define V1(type, rows)                                                   \
	"{\"TableName\":\"Table_0\",\"Columns\":[{\"ColumnName\":\"c\"," \
	"\"DataType\":\"" type "\"}],\"Rows\":[" rows "]}"
#define V1STATUS(severity)                                                     \
	"{\"TableName\":\"Table_1\",\"Columns\":[{\"ColumnName\":"             \
	"\"Severity\",\"DataType\":\"Int32\"},{\"ColumnName\":"                \
	"\"StatusDescription\",\"DataType\":\"String\"}],\"Rows\":[[" severity \
	",\"said\"]]}"
#define V1TOC                                                           \
	"{\"TableName\":\"Table_2\",\"Columns\":[{\"ColumnName\":"      \
	"\"Ordinal\",\"DataType\":\"Int64\"},{\"ColumnName\":\"Kind\"," \
	"\"DataType\":\"String\"}],\"Rows\":[[0,\"QueryResult\"],"      \
	"[1,\"QueryStatus\"]]}"

/* A good answer: the rows that come out of kql2rows. */
static const struct good {
	const char *body, *rows;
} goods[] = {
	{ "[" HEAD "," TABLE("long", "[1]") "," GOOD "]", "{\"c\":1}\n" },
	{ " [\r\n" HEAD "\n, " TABLE("long", " [ 1 ] , [2]") "\n,\t" GOOD
							     " ]\n",
	    "{\"c\":1}\n{\"c\":2}\n" },
	{ "[" HEAD "," TABLE("long", "") "," GOOD "]", "" },
	{ "[" HEAD "\n," THEAD("int") "\n," FRAG("[1],[2]") "\n," FRAG(
	      "[3]") "\n," TEND("3") "\n," GOOD "\n]\n",
	    "{\"c\":1}\n{\"c\":2}\n{\"c\":3}\n" },
	{ HEAD "\n" THEAD("int") "\n" FRAG("[1]") "\n" TEND("1") "\n" GOOD "\n",
	    "{\"c\":1}\n" },
	{ "[" TABLE("long", "[1]") "," INFO("6") "," GOOD "]", "{\"c\":1}\n" },
	{ "[" GOOD "]", "" },
	/* keys in another order */
	{ "[" BACKWARDS "," GOOD "]", "{\"c\":7}\n" },
	/* a second result is not ours */
	{ "[" TABLE("long", "[1]") "," SECOND "," GOOD "]", "{\"c\":1}\n" },
	/* progress is none of our business */
	{ "[" THEAD("int") ",{\"FrameType\":\"TableProgress\",\"TableId\":1,"
			   "\"TableProgress\":50.5}," FRAG("[1]") "," TEND(
			       "1") "," GOOD "]",
	    "{\"c\":1}\n" },
	/* every type */
	{ "[" TABLE("bool", "[true],[false],[null]") "," GOOD "]",
	    "{\"c\":true}\n{\"c\":false}\n{\"c\":null}\n" },
	{ "[" TABLE("int", "[-7],[null]") "," GOOD "]",
	    "{\"c\":-7}\n{\"c\":null}\n" },
	{ "[" TABLE("long",
	      "[9223372036854775807],[-9223372036854775808]") "," GOOD "]",
	    "{\"c\":9223372036854775807}\n{\"c\":-9223372036854775808}\n" },
	{ "[" TABLE("real", "[1.5],[\"NaN\"],[\"-Infinity\"],[1e-7]") "," GOOD
								      "]",
	    "{\"c\":1.5}\n{\"c\":\"NaN\"}\n{\"c\":\"-Infinity\"}\n"
	    "{\"c\":1e-7}\n" },
	{ "[" TABLE("decimal", "[\"2.00000000000001\"]") "," GOOD "]",
	    "{\"c\":\"2.00000000000001\"}\n" },
	{ "[" TABLE("datetime", "[\"2024-05-01T10:01:00.0000001Z\"]") "," GOOD
								      "]",
	    "{\"c\":\"2024-05-01T10:01:00.0000001Z\"}\n" },
	{ "[" TABLE("timespan", "[\"-2.00:00:02.0020002\"]") "," GOOD "]",
	    "{\"c\":\"-2.00:00:02.0020002\"}\n" },
	{ "[" TABLE("guid",
	      "[\"74be27de-1e4e-49d9-b579-fe0b331d3642\"]") "," GOOD "]",
	    "{\"c\":\"74be27de-1e4e-49d9-b579-fe0b331d3642\"}\n" },
	{ "[" TABLE("string", "[\"a\\\"]},{[\\\\\"],[\"\"]") "," GOOD "]",
	    "{\"c\":\"a\\\"]},{[\\\\\"}\n{\"c\":\"\"}\n" },
	{ "[" TABLE("dynamic", "[{\"a\":[1,{\"b\":[]}]}],[[1]],[null]") "," GOOD
									"]",
	    "{\"c\":{\"a\":[1,{\"b\":[]}]}}\n{\"c\":[1]}\n{\"c\":null}\n" },
	/* version 1 */
	{ "{\"Tables\":[" V1("Int64", "[1],[2]") "]}",
	    "{\"c\":1}\n{\"c\":2}\n" },
	{ "{\"Tables\":[" V1("SByte", "[1],[0],[true]") "]}",
	    "{\"c\":true}\n{\"c\":false}\n{\"c\":true}\n" },
	{ "{\"Tables\":[" V1("String", "") "," V1STATUS("4") "," V1TOC "]}",
	    "" },
	{ "{\"Tables\":[" V1("Double", "[0.5]") "," V1STATUS("4") "," V1TOC
								  "]}",
	    "{\"c\":0.5}\n" },
};

/* An answer of status 200 that is no good: code, permanence, its words. */
static const struct bad {
	const char *body, *code;
	int permanent;
	const char *words;
} bads[] = {
	{ "", "Truncated", 0, "too early" },
	{ "[", "Truncated", 0, "too early" },
	{ "[]", "Truncated", 0, "too early" },
	{ "[" HEAD, "Truncated", 0, "too early" },
	{ "[" HEAD "," TABLE("long", "[1]"), "Truncated", 0, "too early" },
	{ "[" HEAD "," TABLE("long", "[1]") "]", "Truncated", 0, "too early" },
	{ "[" TABLE("long", "[1]") "," GOOD, "Truncated", 0, "too early" },
	{ "[" HEAD ",{\"FrameType\":\"DataTable\",\"TableId\":1,\"Rows\":[[1",
	    "Truncated", 0, "too early" },
	{ "[" HEAD ",{\"FrameType\":\"Data", "Truncated", 0, "too early" },
	{ "[" THEAD("int") "," FRAG("[1]") "," TEND("2") "," GOOD "]",
	    "Truncated", 0, "1 rows came, the service counts 2" },
	{ "[" TABLE("long", "[1]") "," END("false", "true") "]", "Truncated", 0,
	    "cancelled" },
	{ "[" TABLE("long", "[1]") "," END("true", "false") "]", "Truncated", 0,
	    "does not say which" },
	/* errors in each place */
	{ "[" TABLE("long",
	      "[1],{" ONEAPI("LimitsExceeded", "false") "}") "," GOOD "]",
	    "LimitsExceeded", 0, "said" },
	{ "[" TABLE("long", "{" ONEAPI("Internal", "true") "}") "," GOOD "]",
	    "Internal", 1, "said" },
	{ "[" THEAD("int") "," FRAG("[1],{" ONEAPI("E", "true") "}") "," TEND(
	      "1") "," GOOD "]",
	    "E", 1, "said" },
	{ "[" THEAD("int") ",{\"FrameType\":\"TableCompletion\",\"TableId\":1,"
			   "\"RowCount\":0," ONEAPI("E", "false") "}," GOOD "]",
	    "E", 0, "said" },
	{ "[{\"FrameType\":\"DataSetCompletion\",\"HasErrors\":true,"
	  "\"Cancelled\":false," ONEAPI("E", "true") "}]",
	    "E", 1, "said" },
	{ "[{" ONEAPI("E", "true") ",\"FrameType\":\"DataSetCompletion\","
				   "\"HasErrors\":false,\"Cancelled\":false}]",
	    "E", 1, "said" },
	{ "[" TABLE("long", "[1]") "," INFO("2") "," GOOD "]", "E_X", 0,
	    "why" },
	{ "[" TABLE("long", "[1]") "," INFO("1") "," GOOD "]", "E_X", 0,
	    "why" },
	{ "[" TABLE("long", "[1],{\"x\":1}") "," GOOD "]", "BadRow", 0,
	    "object among the rows" },
	{ "[" TABLE("long", "1") "," GOOD "]", "BadRow", 0, "no array" },
	{ ERROR("General_BadRequest", "true"), "General_BadRequest", 1,
	    "said" },
	{ "{\"error\":{\"code\":\"E\",\"message\":\"general\",\"innererror\":"
	  "{\"@errorMessage\":\"inner\"}}}",
	    "E", 0, "inner" },
	{ "{" ONEAPI("E", "true") "}", "E", 1, "said" },
	/* version 1 */
	{ "{\"Tables\":[" V1("Int64", "[1],{\"Exceptions\":[\"said\"]}") "]}",
	    "PartialQueryFailure", 0, "said" },
	{ "{\"Tables\":[" V1("Int64", "[1]") "],\"Exceptions\":[\"said\"]}",
	    "PartialQueryFailure", 0, "said" },
	{ "{\"Tables\":[" V1("Int64", "[1]") "," V1STATUS("2") "," V1TOC "]}",
	    "PartialQueryFailure", 0, "said" },
	/* no answers */
	{ "<html>", "BadLine", 0, "text" },
	{ "The request was refused", "BadLine", 0, "text" },
	{ "{}", "BadLine", 0, "without FrameType" },
	{ "{\"x\":1}", "BadLine", 0, "without FrameType" },
	{ "[{\"x\":1}]", "BadLine", 0, "without FrameType" },
	{ "[[1]]", "BadLine", 0, "array of arrays" },
	{ "]", "BadLine", 0, "bracket" },
	{ "[" GOOD "," HEAD "]", "BadLine", 0, "behind the last" },
	{ "[" GOOD "]" HEAD, "BadLine", 0, "" },
	{ "[{\"FrameType\":\"DataSetHeader\" \"x\"}]", "BadLine", 0, "" },
	{ "[{\"FrameType\":\"DataSet\nHeader\"}]", "BadLine", 0, "control" },
	{ "[{\"FrameType\":\1}]", "BadLine", 0, "control" },
	{ "[{\"FrameType\":\"\xff\"}]", "BadLine", 0, "" },
};

/* Answers of other statuses: what they mean (kqlrun(1) has the table). */
static const struct other {
	int status;
	const char *body, *code;
	int permanent, exits;
	const char *words;
} others[] = {
	{ 400, ERROR("General_BadRequest", "true"), "General_BadRequest", 1,
	    ST_DATA, "said" },
	{ 400, ERROR("IllFormattedData", "false"), "IllFormattedData", 0,
	    ST_RETRY, "said" },
	{ 400, "Bad request: x\r\nError details:\r\nId='1'", "Http400", 1,
	    ST_DATA, "Bad request: x" },
	{ 400, "", "Http400", 1, ST_DATA, "answered 400" },
	{ 400, "{\"no\":1}", "Http400", 1, ST_DATA, "{\"no\":1}" },
	{ 400, "[1", "Http400", 1, ST_DATA, "[1" },
	{ 401, "", "Http401", 0, ST_CONFIG, "token" },
	{ 401, ERROR("Unauthorized", "true"), "Unauthorized", 0, ST_CONFIG,
	    "said" },
	{ 403, ERROR("Forbidden", "true"), "Forbidden", 1, ST_CONFIG, "said" },
	{ 403, "<html>\x01", "Http403", 1, ST_CONFIG, "<html>" },
	{ 404, "", "Http404", 1, ST_CONFIG, "no Kusto service" },
	{ 408, "", "Http408", 0, ST_RETRY, "408" },
	{ 409, "", "Http409", 0, ST_RETRY, "409" },
	{ 412, "", "Http412", 0, ST_RETRY, "412" },
	{ 413, "", "Http413", 1, ST_DATA, "413" },
	{ 429, ERROR("TooManyRequests", "true"), "TooManyRequests", 0, ST_RETRY,
	    "said" },
	{ 429, "", "Http429", 0, ST_RETRY, "too much" },
	{ 500, ERROR("Internal", "false"), "Internal", 0, ST_RETRY, "said" },
	{ 500, ERROR("Internal", "true"), "Internal", 1, ST_DATA, "said" },
	{ 502, "<html>", "Http502", 0, ST_RETRY, "<html>" },
	{ 503, "", "Http503", 0, ST_RETRY, "503" },
	{ 504, ERROR("Timeout", "false"), "Timeout", 0, ST_RETRY, "said" },
	{ 520, ERROR("ServiceError", "true"), "ServiceError", 1, ST_DATA,
	    "said" },
	{ 400, ERROR("LimitsExceeded", "true"), "LimitsExceeded", 0, ST_RETRY,
	    "said" },
};

/* Read a body in pieces of so many bytes; what passes is in s. */
static int
read_by(struct kusto_reader *r, struct spool *s, const char *body, size_t by)
{
	size_t n = strlen(body);

	spool_reset(s);
	kusto_reader_init(r, s);
	for (size_t at = 0; at < n; at += by)
		if (kusto_reader_feed(
			r, body + at, n - at < by ? n - at : by) == -1)
			break;
	return kusto_reader_end(r);
}

/* What kql2rows makes of what was passed on. */
static void
check_rows(const struct good *g, struct spool *s, int64_t rows)
{
	struct reply reply;
	struct out out = { .fd = -1 };
	char text[8192];
	struct err e;
	ssize_t n;

	reply_init(&reply, &out, NULL, NULL);
	while ((n = spool_next(s, text, sizeof(text), &e)) > 0)
		CHECK_INT(reply_feed(&reply, text, (size_t)n, &e), 0);
	CHECK_INT(reply_end(&reply, &e), 0);
	CHECK_STR(buf_str(&out.b), g->rows);
	CHECK_INT(reply.table.rows, rows);
	reply_fini(&reply);
	out_fini(&out);
}

static void
check_goods(struct kusto_reader *r, struct spool *s)
{
	for (size_t i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		for (size_t by = 1; by < 10000; by *= 9) {
			int bad = read_by(r, s, goods[i].body, by);

			CHECK_INT(bad, 0);
			if (bad == 0)
				check_rows(&goods[i], s, r->rows);
			else
				fprintf(stderr, "%s: %s\n", goods[i].body,
				    r->fault.message);
		}
}

static void
check_bads(struct kusto_reader *r, struct spool *s)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++)
		for (size_t by = 1; by < 10000; by *= 9) {
			const struct bad *b = &bads[i];

			CHECK_INT(read_by(r, s, b->body, by), -1);
			CHECK_STR(r->fault.code, b->code);
			CHECK_INT(r->fault.permanent, b->permanent);
			CHECK(strstr(r->fault.message, b->words) != NULL);
			if (strstr(r->fault.message, b->words) == NULL)
				fprintf(stderr, "%s: %s\n", b->body,
				    r->fault.message);
		}
}

static void
check_others(void)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct other *o = &others[i];
		struct http_reply reply = { .status = o->status,
			.body = o->body,
			.body_len = strlen(o->body) };
		struct query_error e = { .http = o->status };

		kusto_error_read(&e, &reply);
		kusto_error_class(&e);
		CHECK_STR(e.said.code, o->code);
		CHECK_INT(e.said.permanent, o->permanent);
		CHECK_INT(e.status, o->exits);
		CHECK(strstr(e.said.message, o->words) != NULL);
	}
}

/* A table that comes whole and is large: many lines, none of them long. */
static void
check_split(struct kusto_reader *r, struct spool *s)
{
	struct buf body = { 0 };
	int n = 100000, lines = 0;
	char text[8192];
	struct err e;
	ssize_t got;

	buf_puts(&body,
	    "[{\"FrameType\":\"DataTable\",\"TableId\":1,"
	    "\"TableKind\":\"PrimaryResult\",\"TableName\":\"P\","
	    "\"Columns\":" COLS("long") ",\"Rows\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&body, "%s[%d]", i > 0 ? "," : "", i);
	buf_puts(&body, "]}," GOOD "]");
	CHECK_INT(read_by(r, s, buf_str(&body), 5000), 0);
	CHECK_INT(r->rows, n);
	CHECK(r->line.cap < 1 << 20);
	while ((got = spool_next(s, text, sizeof(text), &e)) > 0)
		for (ssize_t i = 0; i < got; i++)
			lines += text[i] == '\n';
	/* header, four fragments, the table's end and that of all */
	CHECK_INT(lines, 7);
	buf_fini(&body);
}

int
main(void)
{
	struct kusto_reader r = { 0 };
	struct spool s;

	log_init("unit", LV_ERROR, 0);
	spool_init(&s, NULL);
	check_goods(&r, &s);
	check_bads(&r, &s);
	check_others();
	check_split(&r, &s);
	kusto_reader_fini(&r);
	spool_fini(&s);
	return check_end("kusto_answers");
}
