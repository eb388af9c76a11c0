/** \file
 * Which functions are the library's: everything else is hidden in it.
 */
#ifndef IMJIN_EXPORT_H
#define IMJIN_EXPORT_H

#if defined(__GNUC__)
#define IMJIN_API __attribute__((visibility("default")))
#else
#define IMJIN_API
#endif

#endif
