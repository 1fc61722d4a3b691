# SPDX-License-Identifier: MIT
"""Microsoft's client for Python against the Kusto service of the tests.

real.py URL CASE: exits 0 when the case comes out as it does with the service
of Azure, else says what came instead.
"""

import datetime
import decimal
import math
import sys
import uuid

from azure.kusto.data import (
    ClientRequestProperties,
    KustoClient,
    KustoConnectionStringBuilder,
)
from azure.kusto.data.exceptions import (
    KustoApiError,
    KustoMultiApiError,
    KustoThrottlingError,
)

TYPES = """print b = true, i = int(-7), l = 9223372036854775807,
    r = 1.5, n = real(nan), f = real(-inf),
    d = decimal(1.0000000000000000000000000001),
    t = datetime(2024-05-01T10:00:00.123456Z),
    s = timespan(-1.00:00:01.001), g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
    x = 'naïve "quoted"\\n', y = dynamic({"a": [1, {"b": null}]})"""
NULLS = """print b = bool(null), i = int(null), l = long(null),
    r = real(null), d = decimal(null), t = datetime(null),
    s = timespan(null), g = guid(null), x = '', y = dynamic(null)"""
ROWS = "range x from 1 to 100000 step 1 | extend y = strcat('row ', x)"
WANT_TYPES = {
    "b": True,
    "i": -7,
    "l": 9223372036854775807,
    "r": 1.5,
    "f": float("-inf"),
    "d": decimal.Decimal("1.0000000000000000000000000001"),
    "t": datetime.datetime(
        2024, 5, 1, 10, 0, 0, 123456, tzinfo=datetime.timezone.utc
    ),
    "s": -datetime.timedelta(days=1, seconds=1, milliseconds=1),
    "g": uuid.UUID("74be27de-1e4e-49d9-b579-fe0b331d3642"),
    "x": 'naïve "quoted"\n',
    "y": {"a": [1, {"b": None}]},
}
KUSTO_TYPES = "bool int long real real real decimal datetime timespan guid \
string dynamic".split()


def same(got, want, what):
    """Fail unless got is want."""
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")


def check_types(table):
    """The row of TYPES, value by value."""
    row = table.rows[0]
    same([c.column_type for c in table.columns], KUSTO_TYPES, "types")
    for name, want in WANT_TYPES.items():
        got = row[name]
        if name == "d":
            got = decimal.Decimal(got)
        if name == "f":
            got = float(got)
        if name == "g":
            got = uuid.UUID(str(got))
        same(got, want, name)
    same(math.isnan(float(row["n"])), True, "NaN")


def types(client):
    """All types and their nulls over v2."""
    answer = client.execute_query("DB", TYPES)
    same(len(answer.primary_results), 1, "primary results")
    same(answer.errors_count, 0, "errors")
    check_types(answer.primary_results[0])
    row = client.execute_query("DB", NULLS).primary_results[0].rows[0]
    for name in "bilrdtsgy":
        same(row[name], None, "null " + name)
    same(row["x"], "", "string")


def rows(client):
    """A result of 100,000 rows, whole and streamed."""
    table = client.execute_query("DB", ROWS).primary_results[0]
    same(len(table.rows), 100000, "rows")
    same(sum(r["x"] for r in table.rows), 5000050000, "sum")
    stream = client.execute_streaming_query("DB", ROWS)
    n = total = 0
    for row in next(stream.iter_primary_results()):
        n, total = n + 1, total + row["x"]
        same(row["y"], f"row {n}", "text")
    same((n, total), (100000, 5000050000), "streamed")


def tables(client):
    """Several results, management commands."""
    answer = client.execute_query("DB", "print a = 1; print b = 2")
    same([t.rows[0][0] for t in answer.primary_results], [1, 2], "results")
    answer = client.execute_mgmt("DB", ".show tables")
    same([r["TableName"] for r in answer.primary_results[0]], ["T"], "tables")
    answer = client.execute_mgmt("DB", ".show databases")
    same(answer.primary_results[0].rows[0]["DatabaseName"], "DB", "database")
    options = ClientRequestProperties()
    options.set_option(
        ClientRequestProperties.request_timeout_option_name,
        datetime.timedelta(seconds=50),
    )
    options.client_request_id = "real;17"
    answer = client.execute_query("DB", "T | count", options)
    same(answer.primary_results[0].rows[0][0], 2, "count")


def refused(client):
    """What is no query: the words and position of the engine."""
    try:
        client.execute_query("DB", "T | nonsense")
    except KustoApiError as e:
        api = e.get_api_error()
        same(api.permanent, True, "permanent")
        same(api.code, "General_BadRequest", "code")
        same("nonsense" in api.description, True, "description")
    else:
        sys.exit("no error")
    try:
        client.execute_mgmt("DB", ".drop table T")
    except KustoApiError as e:
        same(e.http_response.status_code, 400, "status")
    else:
        sys.exit("no error of a command")


def partial(client):
    """An error among the rows of an answer that had begun."""
    try:
        client.execute_query("DB", "T")
    except KustoMultiApiError as e:
        same(e.get_api_errors()[0].code, "LimitsExceeded", "code")
        same("too much" in str(e), True, "message")
    else:
        sys.exit("no error")


def throttled(client):
    """A status of its own."""
    try:
        client.execute_query("DB", "T")
    except KustoThrottlingError as e:
        same("throttled" in str(e), True, "message")
    else:
        sys.exit("no error")


def main():
    """Run the case."""
    builder = KustoConnectionStringBuilder.with_no_authentication(sys.argv[1])
    with KustoClient(builder) as client:
        globals()[sys.argv[2]](client)


main()
