/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/builtins/builtins.h"

/* What the service has and this engine lacks: words with spaces between. */
static const char *const words[] = {
	[MISSING_OPERATOR] =
	    "assert-schema execute-and-cache graph-mark-components "
	    "graph-match graph-merge graph-shortest-paths graph-to-table "
	    "graph-where-edges graph-where-nodes macro-expand make-graph "
	    "project-by-names reduce",
	[MISSING_FUNCTION] =
	    "all arraylength current_cluster_endpoint "
	    "current_cursor current_node_id current_principal "
	    "current_principal_details current_principal_is_member_of "
	    "cursor_after cursor_before_or_at cursor_current "
	    "datetime_list_timezones entity_group extent_id extent_tags "
	    "extentid external_table geo_angle geo_azimuth "
	    "geo_closest_point_on_line geo_closest_point_on_polygon "
	    "geo_distance_2points geo_distance_point_to_line "
	    "geo_distance_point_to_polygon geo_from_wkt "
	    "geo_geohash_neighbors geo_geohash_to_central_point "
	    "geo_geohash_to_polygon geo_h3cell_children geo_h3cell_level "
	    "geo_h3cell_neighbors geo_h3cell_parent geo_h3cell_rings "
	    "geo_h3cell_to_central_point geo_h3cell_to_polygon "
	    "geo_info_from_ip_address geo_intersection_2lines "
	    "geo_intersection_2polygons geo_intersection_line_with_polygon "
	    "geo_intersects_2lines geo_intersects_2polygons "
	    "geo_intersects_line_with_polygon geo_line_buffer "
	    "geo_line_centroid geo_line_densify geo_line_interpolate_point "
	    "geo_line_length geo_line_locate_point geo_line_simplify "
	    "geo_line_to_s2cells geo_point_buffer geo_point_in_circle "
	    "geo_point_in_polygon geo_point_to_geohash geo_point_to_h3cell "
	    "geo_point_to_s2cell geo_polygon_area geo_polygon_buffer "
	    "geo_polygon_centroid geo_polygon_densify geo_polygon_perimeter "
	    "geo_polygon_simplify geo_polygon_to_h3cells "
	    "geo_polygon_to_s2cells geo_s2cell_neighbors "
	    "geo_s2cell_to_central_point geo_s2cell_to_polygon "
	    "geo_simplify_polygons_array geo_union_lines_array "
	    "geo_union_polygons_array graph hash_combine hash_many "
	    "hll_isvalid inner_nodes iscolumnexists labels map "
	    "materialized_view node_degree_in node_degree_out node_id "
	    "parse_command_line parse_user_agent parse_xml passthrough "
	    "row_rank rowstore_ordinal_range series_decompose "
	    "series_decompose_anomalies series_decompose_forecast "
	    "series_fft series_fit_poly series_ifft series_outliers "
	    "series_periods_detect series_periods_validate "
	    "stored_query_result tdigest_isvalid totime",
	[MISSING_PLUGIN] =
	    "active_users_count activity_counts_metrics activity_engagement "
	    "activity_metrics ai_chat_completion ai_chat_completion_prompt "
	    "ai_embed_text ai_embeddings autocluster "
	    "azure_digital_twins_query_request basket cosmosdb_sql_request "
	    "csharp dax_request dcount_intersect diffpatterns "
	    "diffpatterns_text estimate_data_size estimate_rows_count "
	    "execute_query execute_show_command external_datatable "
	    "funnel_sequence funnel_sequence_completion geo_line_lookup "
	    "geo_polygon_lookup http_request http_request_post identity "
	    "identity_v3 infer_storage_schema "
	    "infer_storage_schema_with_suggestions mysql_request "
	    "new_activity_metrics postgresql_request preview python r "
	    "rolling_percentile rows_near schema_merge sequence_detect "
	    "session_count sliding_window_counts sql_request",
};

int
builtin_missing(enum missing kind, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || strchr(name, ' ') != NULL)
		return 0;
	for (const char *p = words[kind]; *p != '\0'; p += *p == ' ') {
		if (strncmp(p, name, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
			return 1;
		p += strcspn(p, " ");
	}
	return 0;
}
