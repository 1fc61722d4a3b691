/* SPDX-License-Identifier: MIT */
#ifndef SELECTOR_H
#define SELECTOR_H

#include "json.h"

/*
 * Whether a LabelSelector, which resource_read has found to be one, matches
 * the labels of an object (NULL: it has none).  {} matches all; NotIn and
 * DoesNotExist match what lacks the key.
 */
int selector_match(const struct json *selector, const struct json *labels);

#endif
