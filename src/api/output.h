/* Files that results go to: whole or not at all. */
#ifndef IMJIN_API_OUTPUT_H
#define IMJIN_API_OUTPUT_H

#include "report/report.h"

/* Makes a result: appends it to `t`, and moves it on to `file` (null: keep all) as it grows. */
typedef enum imjin_status output_render(struct text *t, struct file_writer *file, const struct report_input *in,
                                        struct error *err);
/* Renders into `path`: beside it first, then renamed into place. A device or pipe is written to as it is. */
enum imjin_status output_file(const char *path, output_render *render, const struct report_input *in, struct error *err);
/* The same for bytes that are there already. */
enum imjin_status output_bytes(const char *path, const char *bytes, uint64_t count, struct error *err);

/* Those of report's functions that take no file, in the form above. */
output_render output_svg, output_html;

#endif
