/* What every unit test includes: cmocka with what it needs, and the project's own fail() back from cmocka's macro. */
#ifndef IMJIN_TESTS_UNIT_H
#define IMJIN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))

#include "base/base.h"

#endif
