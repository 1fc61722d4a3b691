// SPDX-License-Identifier: MIT
package targets

import (
	"os"
	"strings"
)

// RunKqlpipe runs promsend behind the scrape shim that SHIM names.
func RunKqlpipe(opts TargetOptions) error {
	page := opts.ScrapeTarget
	if !strings.Contains(page, "://") { // the tests of 1.0
		page = "http://" + page + "/metrics"
	}
	return runCommand(os.Getenv("SHIM"), opts.Timeout,
		page, opts.ReceiveEndpoint)
}
