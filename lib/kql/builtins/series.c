/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

/* An element-wise function of two series; one of them may be a number. */
#define TWO(name)                                              \
	{ name, "yy", 'y', NONE, "kql_" name "($1, $2)" },     \
	    { name, "yn", 'y', NONE, "kql_" name "($1, $2)" }, \
	{                                                      \
		name, "ny", 'y', NONE, "kql_" name "($1, $2)"  \
	}

#define ONE(name)                                        \
	{                                                \
		name, "y", 'y', NONE, "kql_" name "($1)" \
	}

/* The names and types of several columns, members of the bag that is given. */
#define LINE                                                       \
	"rsquare r slope r variance r rvariance r interception r " \
	"line_fit y "
#define TWO_LINES                                                              \
	"rsquare r split_idx l variance r rvariance r line_fit y "             \
	"right_rsquare r right_slope r right_interception r right_variance r " \
	"right_rvariance r left_rsquare r left_slope r left_interception r "   \
	"left_variance r left_rvariance r "
#define STATS "min r min_idx l max r max_idx l avg r stdev r variance r "

const struct builtin builtins_series[] = {
	TWO("series_add"),
	TWO("series_subtract"),
	TWO("series_multiply"),
	TWO("series_divide"),
	TWO("series_pow"),
	TWO("series_equals"),
	TWO("series_not_equals"),
	TWO("series_less"),
	TWO("series_less_equals"),
	TWO("series_greater"),
	TWO("series_greater_equals"),
	ONE("series_abs"),
	ONE("series_sign"),
	ONE("series_floor"),
	ONE("series_ceiling"),
	ONE("series_exp"),
	ONE("series_log"),
	ONE("series_sin"),
	ONE("series_cos"),
	ONE("series_tan"),
	ONE("series_asin"),
	ONE("series_acos"),
	ONE("series_atan"),
	{ "series_sum", "y", 'r', NONE, "kql_series_sum($1)" },
	{ "series_product", "y", 'r', NONE, "kql_series_product($1)" },
	{ "series_magnitude", "y", 'r', NONE, "kql_series_magnitude($1)" },
	{ "series_dot_product", "yy", 'r', NONE,
	    "kql_series_dot_product($1, $2)" },
	{ "series_dot_product", "yn", 'r', NONE,
	    "kql_series_dot_product($1, $2)" },
	{ "series_dot_product", "ny", 'r', NONE,
	    "kql_series_dot_product($1, $2)" },
	{ "series_cosine_similarity", "yy?nn", 'r', NONE,
	    "kql_series_cosine_similarity($*)" },
	{ "series_pearson_correlation", "yy", 'r', NONE,
	    "kql_series_pearson_correlation($1, $2)" },
	{ "series_seasonal", "yi", 'y', NONE, "kql_series_seasonal($1, $2)" },
	{ "series_fir", "yy?bb", 'y', FIRST, "kql_series_fir($*)" },
	{ "series_iir", "yyy", 'y', FIRST, "kql_series_iir($*)" },
	{ "series_fill_forward", "y?n", 'y', FIRST,
	    "kql_series_fill_forward($*)" },
	{ "series_fill_backward", "y?n", 'y', FIRST,
	    "kql_series_fill_backward($*)" },
	{ "series_fill_const", "y", 'y', FIRST,
	    "kql_series_fill_const($1, '0')" },
	{ "series_fill_const", "yj?n", 'y', FIRST,
	    "kql_series_fill_const($*)" },
	{ "series_fill_linear", "y?nbn", 'y', FIRST,
	    "kql_series_fill_linear($*)" },
	{ "series_stats", "y?b", 'y', COLUMNS(STATS), "kql_series_stats($*)" },
	{ "series_stats_dynamic", "y?b", 'y', NONE, "kql_series_stats($*)" },
	{ "series_fit_line", "y", 'y', COLUMNS(LINE),
	    "kql_series_fit_line($1)" },
	{ "series_fit_line_dynamic", "y", 'y', NONE,
	    "kql_series_fit_line($1)" },
	{ "series_fit_2lines", "y", 'y', COLUMNS(TWO_LINES),
	    "kql_series_fit_2lines($1)" },
	{ "series_fit_2lines_dynamic", "y", 'y', NONE,
	    "kql_series_fit_2lines($1)" },
	{ NULL, NULL, 0, NONE, NULL },
};
