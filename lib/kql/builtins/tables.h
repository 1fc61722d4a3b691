/* SPDX-License-Identifier: MIT */
#ifndef KQL_BUILTINS_TABLES_H
#define KQL_BUILTINS_TABLES_H

#include "kql/builtins/builtins.h"

/* How each family's functions are written down; builtins.c lists them all.  A
 * table ends with a row without a name. */
#define NONE       NAME_NONE, NULL
#define NAMED(p)   NAME_NONE, p
#define FIRST      NAME_FIRST, NULL
#define ONLY       NAME_ONLY, NULL
#define PREFIX(p)  NAME_PREFIX, p
#define COLUMN     NAME_COLUMN, NULL
#define SEVERAL(p) NAME_SEVERAL, p
#define COLUMNS(p) NAME_COLUMNS, p

extern const struct builtin builtins_conversion[], builtins_choice[],
    builtins_number[], builtins_string[], builtins_time[], builtins_dynamic[],
    builtins_aggregate[];
extern const struct builtin builtins_network[];
extern const struct builtin builtins_service[];
extern const struct builtin builtins_encoding[];
extern const struct builtin builtins_window[];
extern const struct builtin builtins_series[];
extern const struct builtin builtins_hash[];
extern const struct builtin builtins_units[];
extern const struct builtin builtins_parse[];
extern const struct builtin builtins_array[];
extern const struct builtin builtins_sketch[];

#endif
