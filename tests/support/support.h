/* support.h - what every cmocka test includes, in the order cmocka wants it. */
#ifndef WT_TESTS_SUPPORT_H
#define WT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif /* WT_TESTS_SUPPORT_H */
