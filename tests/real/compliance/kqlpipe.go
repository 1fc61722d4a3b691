// SPDX-License-Identifier: MIT
package targets

import "os"

// RunKqlpipe runs promsend behind the scrape shim that SHIM names.
func RunKqlpipe(opts TargetOptions) error {
	return runCommand(os.Getenv("SHIM"), opts.Timeout,
		opts.ScrapeTarget, opts.ReceiveEndpoint)
}
