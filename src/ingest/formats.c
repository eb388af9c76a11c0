#include "ingest/reader.h"

const struct format *const ingest_formats[] = {
    &format_dune,       &format_etl_blocks,  &format_etl_logs,         &format_etl_token_transfers,
    &format_etl_tokens, &format_etl_traces,  &format_etl_transactions, &format_explorer,
    &format_movements,  &format_token_sheet, &format_tornado_events,
};
const unsigned ingest_formats_count = sizeof ingest_formats / sizeof *ingest_formats;

unsigned ingest_format_count(void) { return ingest_formats_count; }

const struct ingest_format *ingest_format_at(unsigned number) {
    return number < ingest_formats_count ? &ingest_formats[number]->about : NULL;
}

const struct ingest_format *ingest_format_find(const char *name) {
    for (unsigned i = 0; i < ingest_formats_count; i++)
        if (strcmp(ingest_formats[i]->about.name, name) == 0)
            return &ingest_formats[i]->about;
    return NULL;
}
