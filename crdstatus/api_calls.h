/* SPDX-License-Identifier: MIT */
#ifndef API_CALLS_H
#define API_CALLS_H

#include "api.h"
#include "object.h"

/* The requests of crdstatus to the API, and what their answers mean for the
 * object that they are about. */

/* It is its turn: read it if need be, else write it if there is anything. */
void api_start(struct api *, struct object *);

/* Take the answer to a request. */
void api_answer(struct api *, const struct kube_reply *);

/* Its status cannot be understood: it is left alone for a while, and no line
 * waits for it. */
void api_bar(struct api *, struct object *, const struct err *);

/* Ask whether the API is there, unless that is known or it is too soon. */
void api_ask_whether_there(struct api *);

#endif
