// SPDX-License-Identifier: MIT

// Microsoft's client for Go against the Kusto service of the tests.
//
// real URL CASE: exits 0 when the case comes out as it does with the service
// of Azure, else says what came instead.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-kusto-go/azkustodata/errors"
	"github.com/Azure/azure-kusto-go/azkustodata/kql"
	"github.com/Azure/azure-kusto-go/azkustodata/query"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

const types = `print b = true, i = int(-7), l = 9223372036854775807,
    r = 1.5, n = real(nan), f = real(-inf),
    d = decimal(1.0000000000000000000000000001),
    t = datetime(2024-05-01T10:00:00.1234567Z),
    s = timespan(-1.00:00:01.001),
    g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
    x = 'naïve "quoted"\n', y = dynamic({"a":[1,{"b":null}]})`
const nulls = `print b = bool(null), i = int(null), l = long(null),
    r = real(null), d = decimal(null), t = datetime(null),
    s = timespan(null), g = guid(null), x = '', y = dynamic(null)`
const rows = `range x from 1 to 100000 step 1 | extend y = strcat('row ', x)`

// all has a field of each type; a null is nil.
type all struct {
	B *bool            `kusto:"b"`
	I *int32           `kusto:"i"`
	L *int64           `kusto:"l"`
	R *float64         `kusto:"r"`
	N *float64         `kusto:"n"`
	F *float64         `kusto:"f"`
	D *decimal.Decimal `kusto:"d"`
	T *time.Time       `kusto:"t"`
	S *time.Duration   `kusto:"s"`
	G *uuid.UUID       `kusto:"g"`
	X string           `kusto:"x"`
	Y []byte           `kusto:"y"`
}

// line is a row of the large result.
type line struct {
	X int64  `kusto:"x"`
	Y string `kusto:"y"`
}

func same(what string, got, want any) {
	if got != want {
		log.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func text(q string) *kql.Builder {
	return kql.New("").AddUnsafe(q)
}

// primary leaves out the tables that tell about the query.
func primary(ds query.Dataset) (list []query.Table) {
	for _, t := range ds.Tables() {
		if t.Kind() == ds.PrimaryResultKind() {
			list = append(list, t)
		}
	}
	return list
}

func one(c *azkustodata.Client, q string) all {
	ds, err := c.Query(context.Background(), "DB", text(q))
	must(err)
	same("tables", len(primary(ds)), 1)
	got, err := query.ToStructs[all](primary(ds)[0])
	must(err)
	same("rows", len(got), 1)
	return got[0]
}

// readTypes reads all types and their nulls, over v2.
func readTypes(c *azkustodata.Client) {
	v := one(c, types)
	same("bool", *v.B, true)
	same("int", *v.I, int32(-7))
	same("long", *v.L, int64(math.MaxInt64))
	same("real", *v.R, 1.5)
	same("NaN", math.IsNaN(*v.N), true)
	same("infinity", math.IsInf(*v.F, -1), true)
	same("decimal", v.D.String(), "1.0000000000000000000000000001")
	same("datetime", v.T.Format(time.RFC3339Nano),
		"2024-05-01T10:00:00.1234567Z")
	same("timespan", *v.S, -(24*time.Hour + 1001*time.Millisecond))
	same("guid", v.G.String(), "74be27de-1e4e-49d9-b579-fe0b331d3642")
	same("string", v.X, "naïve \"quoted\"\n")
	same("dynamic", string(v.Y), `{"a":[1,{"b":null}]}`)
	v = one(c, nulls)
	same("nulls", v.B == nil && v.I == nil && v.L == nil && v.R == nil &&
		v.D == nil && v.T == nil && v.S == nil && v.G == nil, true)
	same("string", v.X, "")
}

func check(n *int64, r line) {
	*n++
	same("x", r.X, *n)
	same("y", r.Y, fmt.Sprintf("row %d", *n))
}

// readRows reads 100,000 rows, whole and as they come.
func readRows(c *azkustodata.Client) {
	var n int64
	ds, err := c.Query(context.Background(), "DB", text(rows))
	must(err)
	lines, err := query.ToStructs[line](primary(ds)[0])
	must(err)
	for _, r := range lines {
		check(&n, r)
	}
	same("rows", n, int64(100000))
	stream, err := c.IterativeQuery(context.Background(), "DB", text(rows))
	must(err)
	defer stream.Close()
	n = 0
	for t := range stream.Tables() {
		must(t.Err())
		if t.Table().Kind() != stream.PrimaryResultKind() {
			continue
		}
		for r := range query.ToStructsIterative[line](t.Table()) {
			must(r.Err)
			check(&n, r.Out)
		}
	}
	same("rows of the stream", n, int64(100000))
}

// readTables reads several results and answers of commands.
func readTables(c *azkustodata.Client) {
	ctx := context.Background()
	ds, err := c.Query(ctx, "DB", text("print a = 1; print a = 2"))
	must(err)
	same("tables", len(primary(ds)), 2)
	mg, err := c.Mgmt(ctx, "DB", kql.New(".show tables"))
	must(err)
	name, err := mg.Tables()[0].Rows()[0].StringByName("TableName")
	must(err)
	same("table", name, "T")
	ds, err = c.Query(ctx, "DB", text("T | count"),
		azkustodata.ServerTimeout(50*time.Second),
		azkustodata.ClientRequestID("real;17"))
	must(err)
	n, err := primary(ds)[0].Rows()[0].LongByIndex(0)
	must(err)
	same("count", *n, int64(2))
}

// fails runs a query that must fail with the words in its message.
func fails(c *azkustodata.Client, q string, words ...string) {
	_, err := c.Query(context.Background(), "DB", text(q))
	if err == nil {
		log.Fatalf("%s: no error", q)
	}
	for _, w := range words {
		same(err.Error()+" has "+w, strings.Contains(err.Error(), w),
			true)
	}
}

func refused(c *azkustodata.Client) {
	fails(c, "T | nonsense", "nonsense")
	_, err := c.Mgmt(context.Background(), "DB", kql.New(".drop table T"))
	if err == nil {
		log.Fatal("no error of a command")
	}
	_, is := errors.GetKustoError(err)
	same("an error of Kusto's", is, true)
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: real URL CASE")
	}
	c, err := azkustodata.New(
		azkustodata.NewConnectionStringBuilder(os.Args[1]))
	must(err)
	defer c.Close()
	switch os.Args[2] {
	case "types":
		readTypes(c)
	case "rows":
		readRows(c)
	case "tables":
		readTables(c)
	case "refused":
		refused(c)
	case "partial":
		fails(c, "T", "LimitsExceeded", "too much")
	case "throttled":
		fails(c, "T", "TooManyRequests")
	default:
		log.Fatal("no such case")
	}
}
