/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_MGMT_H
#define KUSTO_MGMT_H

#include "kusto_answer.h"

/*
 * Answer a management command: .show version, .show databases, .show tables,
 * .show table NAME cslschema, .show cluster; others are refused by name.
 * databases are DATABASE=ENDPOINT, NULL ends; text without a dot is refused.
 */
void kusto_mgmt(char *const *databases, const char *database, const char *csl,
    const struct kusto_form *);

#endif
