/* SPDX-License-Identifier: MIT */
#ifndef KQL_SLOT_VFS_H
#define KQL_SLOT_VFS_H

#include "err.h"

#define SLOT_VFS "kqlslot"

/*
 * Register the file layer of that name with SQLite, once a process: the name
 * of a database is the number of an open descriptor, which is read and written
 * where it is, not locked, not synchronized and not closed.
 */
int slot_vfs_register(struct err *e);

#endif
