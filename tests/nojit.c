/* SPDX-License-Identifier: MIT */
#include <stdint.h>

/*
 * Preloaded under valgrind, which takes PCRE2's compiled code for reads of
 * what was never written: patterns are then interpreted, as where PCRE2 has no
 * compiler for the machine.
 */
int pcre2_jit_compile_8(void *code, uint32_t options);

int
pcre2_jit_compile_8(void *code, uint32_t options)
{
	(void)code;
	(void)options;
	return -45; /* PCRE2_ERROR_JIT_BADOPTION */
}
