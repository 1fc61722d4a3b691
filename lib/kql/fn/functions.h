/* SPDX-License-Identifier: MIT */
#ifndef KQL_FUNCTIONS_H
#define KQL_FUNCTIONS_H

#include "err.h"

struct sqlite3;

/*
 * What compiled SQL calls.  Everything is deterministic and innocuous, takes
 * and gives values as types.h lays them down, and is NULL when an argument is
 * NULL unless said.  A bad argument is no error: it is null, as in Kusto; only
 * a regex that is none or takes too long, and a format that is none, are.
 * Text is UTF-8 and counted in code points.
 *
 * Numbers.  For int and long arguments 64-bit wrapping integers; if any is
 * REAL or 'NaN' then doubles, IEEE, a NaN result being 'NaN'.
 *   kql_add kql_sub kql_mul (a, b, ...)  from the left, two or more
 *   kql_neg(a)
 *   kql_idiv(a,b) truncates, b = 0 is NULL      kql_rdiv(a,b) doubles
 *   kql_mod(a,b)  Euclidean, >= 0; b = 0 is NULL (real: NaN)
 *   kql_bin(x,step)        integers: floor to a multiple; step <= 0 is NULL
 *   kql_rbin(x,step)       doubles
 *   kql_bin_at(x,step,at) kql_rbin_at
 *   kql_abs kql_sign kql_round(x[,digits]) (half away from 0, real)
 *   kql_ceiling(x) (real) kql_pow kql_sqrt kql_exp kql_exp2 kql_exp10
 *   sin cos tan cot asin acos atan atan2 radians degrees gamma loggamma erf
 *   erfc beta_cdf beta_inv beta_pdf welch_test, all with kql_ in front
 *   kql_and kql_or kql_xor kql_not kql_shift_left kql_shift_right
 *   kql_count_ones  of 64 bits
 *   kql_log kql_log2 kql_log10 kql_isnan kql_isinf kql_isfinite
 * Comparison of numbers, times, bools; never of strings.
 *   kql_eq(a,b)   one NULL: 0; two: NULL; NaN equals nothing
 *   kql_ne(a,b)   one NULL: 1; two: NULL; NaN differs from everything
 *   kql_lt kql_le kql_gt kql_ge  NULL is sticky; with NaN 0
 *   kql_min_of kql_max_of(a, ...)  nulls left out; all NULL: NULL
 * Conversion kql_<from>_to_<to>(x): from, to of bool int long real decimal
 * string datetime timespan guid dynamic, where Kusto has a conversion.  To
 * string: never NULL, '' for it.  To dynamic: the JSON of the value (a string
 * with its quotes).  string_to_dynamic is parse_json.  To int from long: NULL
 * outside, from real: towards zero, saturating.  datetime and timespan from
 * and to long: ticks.  dynamic_to_*: of the JSON scalar inside.
 *   kql_quote(s)  a string as the JSON string it is, for packing
 *   kql_gettype_dynamic(x)  long, double, string, array, ...; "null" for NULL
 * Decimals: kql_decimal_add _sub _mul _div _mod _bin _neg _abs _round _ceiling,
 *   _eq _ne _lt _le _gt _ge as above, _min_of _max_of, _key (text that sorts as
 *   the number does), and the aggregates kql_decimal_sum _avg _min _max
 * Strings (never NULL in, strings never NULL out).
 *   kql_tolower kql_toupper kql_strlen kql_string_size kql_reverse
 *   kql_substring(s,start[,len]) kql_indexof(s,t[,start[,len[,nth]]])
 *   kql_split(s,delimiter[,index])  dynamic
 *   kql_strcat_delim(d, ...) kql_replace_string(s,from,to)
 *   kql_countof(s,t) kql_fold(s)  what =~ and in~ compare
 *   kql_contains kql_has kql_hasprefix kql_hassuffix kql_startswith
 *   kql_endswith (s,t), without case; each with _cs behind: with case.
 *   kql_has_any kql_has_all (s,t1,t2,...)
 *   kql_matches(s,regex) kql_extract(regex,group,s)
 *   kql_extract_all(regex,s[,groups])
 *   kql_replace_regex(s,regex,with)
 *   kql_trim kql_trim_start kql_trim_end (regex,s) kql_countof_regex(s,regex)
 *   kql_strcmp(s,t) kql_strrep(s,times[,between]) kql_translate(from,to,s)
 *   kql_codepoints(s) kql_from_codepoints(n or array, ...) kql_isascii
 *   kql_isutf8 kql_tohex(n,bits[,digits]) kql_regex_quote
 *   kql_replace_strings(s,lookups,rewrites) kql_format_bytes(n[,digits[,unit]])
 *   kql_indexof_regex(s,regex[,start[,len[,nth]]]) kql_has_any_index(s,array)
 *   kql_parse_url kql_parse_urlquery kql_parse_path kql_parse_csv  dynamic
 *   kql_parse_version  decimal; kql_json_path(path,text)  dynamic
 *   kql_hash(x[,mod]) kql_md5 kql_sha1 kql_sha256  of text, hexadecimal
 *   kql_punycode kql_from_punycode, _domain; kql_assert(condition,message)
 *   kql_base64_encode _decode _to_array _of_array _to_guid _of_guid
 *   kql_url_encode kql_url_encode_component kql_url_decode
 *   kql_zlib_compress kql_zlib_decompress kql_gzip_compress _decompress
 * Addresses (fn/address.h): kql_parse_ipv4 kql_ipv4_* kql_format_ipv4*
 *   kql_has_ipv4* kql_parse_ipv6 kql_ipv6_*; _list takes a dynamic array.
 * Times.
 *   kql_time_add(datetime,timespan)  out of datetime's range: NULL
 *   kql_startofday kql_startofweek kql_startofmonth kql_startofyear kql_endofX
 *   (t[,offset]) kql_dayofweek (a timespan) kql_dayofmonth kql_dayofyear
 *   kql_hourofday kql_getyear kql_monthofyear kql_week_of_year
 *   kql_datetime_part(part,t) kql_datetime_add(part,n,t)
 *   kql_datetime_diff(part,a,b) (long; week: real) kql_format_datetime(t,f)
 *   kql_format_timespan(s,f) kql_make_datetime(y,m,d[,h,m,s])
 *   kql_make_timespan([d,]h,m[,s]) kql_unixtime(n,ticks per unit) to datetime
 * Dynamic.
 *   kql_member(d,key) kql_element(d,index)  missing: NULL; -1 is the last
 *   kql_times_of(list,type)  of ticks, the list of those times
 *   kql_array_length(d) kql_pack_array(json, ...) kql_bag_pack(key,json, ...)
 *   kql_dynamic_eq(a,b), _lt, _le, _gt, _ge  JSON scalars of unlike type too
 *   kql_isempty_dynamic is not needed: NULL.
 * Arrays; what should be one and is none gives NULL.
 *   kql_array_concat(d,...) kql_array_slice(d,first,last) kql_array_split(d,at)
 *   kql_array_index_of(d,json[,start[,length[,nth]]]) kql_array_sum(d) (real)
 *   kql_array_reverse(d) kql_array_rotate(d,left)
 *   kql_array_shift(d,left[,json])
 *   kql_array_iff(d,json,json) kql_zip(d,...) kql_repeat(json,n)
 *   kql_list(json,...) of all but nulls, arrays as their elements
 *   kql_array_sort(what,d[,another])  1 descending, 2 nulls first
 *   kql_set_union kql_set_intersect kql_set_difference (d,...)
 *   kql_set_equals(d,d) kql_jaccard_index(d,d) (real)
 * Bags; a key may be a path, $.a.b
 *   kql_bag_remove_keys(d,keys) kql_bag_set_key(d,key,json)
 *   kql_bag_has_key(d,key) kql_bag_keys(d) kql_bag_merge(d,...)
 *   kql_bag_zip(keys,values) kql_bag_pack_some(key,json,...)
 *   kql_strcat_array(d,s) kql_dynamic_to_json(d) kql_treepath(d)
 * Aggregates; nulls are left out.
 *   kql_sum(x)  of nothing 0 (integers wrap)     kql_rsum(x)  0.0
 *   kql_avg(x)  real, of nothing 'NaN'           kql_avg_ticks(x)  NULL
 *   kql_min kql_max (x)  of numbers and times, NaN wins; of nothing NULL
 *   kql_min_string kql_max_string
 *   kql_percentiles(x,p,...) kql_percentilesw(x,weight,p,...)  nearest ranks,
 *   as the list of them (a p may be an array); nothing: NULL
 *   kql_arg_max kql_arg_min (key,x)  x where the key is greatest, least; each
 *   with _string behind for such keys
 *   kql_stdev kql_stdevp kql_variance kql_variancep
 *   kql_heap(n,x)  the places, from 1, of the n largest x, as in a heap
 *   kql_make_list(json[,max]) kql_make_set(json[,max]) of JSON text as
 *   kql_X_to_dynamic gives; nothing: '[]'.  kql_make_bag(json) first key wins
 *   kql_hll(x[,accuracy]) kql_hll_merge(state) kql_tdigest(x[,weight])
 *   kql_tdigest_merge(state)  states, arrays that these read:
 *   kql_dcount_hll kql_hll_merge_all kql_tdigest_merge_all (state,...)
 *   kql_percentile_tdigest(state,p) kql_percentiles_tdigest(state,p,...)
 *   kql_rank_tdigest kql_percentrank_tdigest (state,x)
 *   kql_buildschema(d)  the types in it
 *   kql_take_any(x)  the first that is not NULL, else NULL  kql_first(x)
 * Series: arrays of numbers; what is none gives NULL.
 *   kql_range_T(start,stop,step[,end]) kql_fill_bins(json,start,stop,step)
 *   kql_series_NAME as series_NAME() is; those of several columns give a bag
 *   kql_series(bin,json,default,from,to,step)  an aggregate: by bins
 * Window functions, over all rows up to the current one; a true restart begins
 * anew with its row.
 *   kql_row_number(start[,restart]) kql_row_cumsum(x[,restart]), and of
 *   doubles kql_row_rcumsum
 *   kql_row_rank_dense(x[,restart]) kql_row_rank_min(x[,restart])
 *   kql_row_window_session(t,from first,between neighbours[,restart])
 * Also plain SQL: count(*), sum(CASE ...), count(DISTINCT x), min(), max() of
 * integers, ||, coalesce, CASE, instr, BETWEEN, IN.
 */
int functions_register(struct sqlite3 *, struct err *);

#endif
