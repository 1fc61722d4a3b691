/* SPDX-License-Identifier: MIT */
#ifndef HTTP_ADVICE_H
#define HTTP_ADVICE_H

/*
 * What to do about a peer that TLS does not trust, by the reason that curl
 * and OpenSSL give; NULL when that says it itself.
 */
const char *http_advice(const char *reason);

#endif
