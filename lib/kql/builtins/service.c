/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

/* What depends on where a query runs.  Of !service only the types are known:
 * the service has the answer, this engine has none. */
const struct builtin builtins_service[] = {
	{ "column_ifexists", "sa", 'c', COLUMN, "!column" },
	{ "columnifexists", "sa", 'c', COLUMN, "!column" },
	{ "current_database", "", 's', NONE, "!database" },
	{ "ingestion_time", "", 'd', NAME_FIRST, "$IngestionTime",
	    "!ingestion_time" },
	{ "current_cluster_endpoint", "", 's', NONE, "!service" },
	{ "current_principal", "", 's', NONE, "!service" },
	{ "current_principal_details", "", 'y', NONE, "!service" },
	{ "current_principal_is_member_of", "s*", 'b', NONE, "!service" },
	{ "cursor_after", "s", 'b', NONE, "!service" },
	{ "cursor_before_or_at", "s", 'b', NONE, "!service" },
	{ "cursor_current", "", 's', NONE, "!service" },
	{ "current_cursor", "", 's', NONE, "!service" },
	{ "extent_id", "", 'g', NONE, "!service" },
	{ "extent_tags", "", 'y', NONE, "!service" },
	{ "geo_info_from_ip_address", "s", 'y', NONE, "!service" },
	{ NULL, NULL, 0, NONE, NULL },
};
