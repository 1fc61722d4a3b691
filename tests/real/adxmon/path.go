// SPDX-License-Identifier: MIT

// What the existing exporter does with one window, by its own packages and
// without Kubernetes around it: query, rows, metrics, a write request, and that
// to an OTLP server or, as it is, to one of remote write.  Built inside its
// tree by build.bash.
//
//	path otlp|write SERVICE DATABASE QUERY URL
//
// The service's answer has the columns of tests/bench/peers.bash.  The limit
// on rows and the time to send in are lifted; nothing else is.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/Azure/adx-mon/adxexporter"
	"github.com/Azure/adx-mon/collector/export"
	"github.com/Azure/adx-mon/pkg/prompb"
	"github.com/Azure/adx-mon/transform"
	"github.com/golang/snappy"
)

func query(service, database, text string) ([]map[string]any, error) {
	client, err := adxexporter.NewKustoClient(service, database)
	if err != nil {
		return nil, err
	}
	executor := adxexporter.NewQueryExecutor(client)
	executor.SetMaxRows(0)
	now := time.Now()
	result, err := executor.ExecuteQuery(context.Background(), text,
		now.Add(-time.Hour), now, nil)
	if err != nil {
		return nil, err
	}
	return result.Rows, result.Error
}

func metricsOf(rows []map[string]any) (*prompb.WriteRequest, error) {
	t := transform.NewKustoToMetricsTransformer(transform.TransformConfig{
		ValueColumns:      []string{"metric_value"},
		TimestampColumn:   "Timestamp",
		LabelColumns:      []string{"ServiceName", "Environment", "Host"},
		DefaultMetricName: "response_ms",
	}, nil)
	if err := t.Validate(rows); err != nil {
		return nil, err
	}
	metrics, err := t.Transform(rows)
	if err != nil {
		return nil, err
	}
	return transform.ToWriteRequest(metrics), nil
}

func byOTLP(url string, wr *prompb.WriteRequest) error {
	return export.NewPromToOtlpExporter(export.PromToOtlpExporterOpts{
		Transformer:           &transform.RequestTransformer{},
		Destination:           url,
		Timeout:               5 * time.Minute,
		ResponseHeaderTimeout: 5 * time.Minute,
	}).Write(context.Background(), wr)
}

func byWrite(url string, wr *prompb.WriteRequest) error {
	plain, err := wr.Marshal()
	if err != nil {
		return err
	}
	resp, err := http.Post(url, "application/x-protobuf",
		bytes.NewReader(snappy.Encode(nil, plain)))
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func run(how, service, database, text, url string) error {
	rows, err := query(service, database, text)
	if err != nil {
		return err
	}
	wr, err := metricsOf(rows)
	if err != nil {
		return err
	}
	fmt.Println(len(wr.Timeseries))
	if how == "write" {
		return byWrite(url, wr)
	}
	return byOTLP(url, wr)
}

func main() {
	a := os.Args
	if len(a) != 6 {
		fmt.Fprintln(os.Stderr, "usage: path HOW SERVICE DATABASE QUERY URL")
		os.Exit(64)
	}
	if err := run(a[1], a[2], a[3], a[4], a[5]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
