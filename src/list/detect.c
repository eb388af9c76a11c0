#include "list/read.h"

#include <stdio.h>

static const struct format_reader readers[READ_FORMATS] = {
    [READ_UN_XML] = {{"un-xml", "un", "United Nations Security Council consolidated list, XML"}, read_un_xml, false},
    [READ_OFAC_ENHANCED] = {{"ofac-enhanced", "ofac", "OFAC SDN_ENHANCED.XML and CONS_ENHANCED.XML"},
                            read_ofac_enhanced,
                            false},
    [READ_OFAC_DELTA] = {{"ofac-delta", "ofac", "OFAC delta file: changes to the version before"}, read_ofac_delta, true},
    [READ_OFAC_SDN] = {{"ofac-xml", "ofac", "OFAC SDN.XML and CONSOLIDATED.XML"}, read_ofac_sdn, false},
    [READ_OFAC_ADVANCED] = {{"ofac-advanced", "ofac", "OFAC SDN_ADVANCED.XML and CONS_ADVANCED.XML"},
                            read_ofac_advanced,
                            false},
    [READ_OFAC_CSV] = {{"ofac-csv", "ofac", "OFAC tables sdn, alt, add, comments (also cons_...), CSV"}, read_ofac_csv, false},
    [READ_EU_XML] = {{"eu-xml", "eu", "European Union Financial Sanctions Files 1.1, XML"}, read_eu_xml, false},
    [READ_EU_CSV] = {{"eu-csv", "eu", "the same as a table, CSV with semicolons"}, read_eu_csv, false},
    [READ_UK_XML] = {{"uk-xml", "uk", "UK Sanctions List, XML"}, read_uk_xml, false},
    [READ_UK_CSV] = {{"uk-csv", "uk", "UK Sanctions List, CSV of 58 columns"}, read_uk_csv, false},
    [READ_CH_XML] = {{"ch-xml", "ch", "Swiss sanctions list of SECO, XML"}, read_ch_xml, false},
    [READ_CA_XML] = {{"ca-xml", "ca", "Consolidated Canadian Autonomous Sanctions List, XML"}, read_ca_xml, false},
    [READ_CSL_CSV] = {{"us-csl", "us-csl", "US Consolidated Screening List, CSV"}, read_csl_csv, false},
    [READ_DPL] = {{"us-dpl", "us-dpl", "US Denied Persons List, text with tabs"}, read_dpl, false},
    [READ_FTM] = {{"ftm", "own", "FollowTheMoney entities, JSON lines or an array"}, read_ftm, false},
    [READ_CSV] = {{"csv", "own", "own list: CSV with the header id,schema,name,..."}, read_csv, false},
    [READ_WALLETS] = {{"wallets", "wallets", "one wallet address a line"}, read_wallets, false},
};

const struct format_reader *format_reader_at(enum read_format format) {
    INVARIANT(format < READ_FORMATS);
    return &readers[format];
}

enum read_format format_find(const char *name) {
    for (unsigned i = 0; i < READ_FORMATS; i++)
        if (readers[i].format.name && strcmp(readers[i].format.name, name) == 0)
            return (enum read_format)i;
    return READ_FORMATS;
}

/* ---- XML: told by its root ---- */

struct head {
    const char *path;
    struct span text;
};

static const struct {
    const char *root;
    enum read_format format;
} roots[] = {
    {"CONSOLIDATED_LIST", READ_UN_XML},
    {"sanctionsData", READ_OFAC_ENHANCED},
    {"sdnList", READ_OFAC_SDN},
    {"Sanctions", READ_OFAC_ADVANCED},
    {"export", READ_EU_XML},
    {"Designations", READ_UK_XML},
    {"swiss-sanctions-list", READ_CH_XML},
    {"data-set", READ_CA_XML},
};

static struct span skip_to(struct span s, const char *what) {
    uint64_t length = strlen(what);
    while (s.count >= length && memcmp(s.bytes, what, length) != 0)
        s = text_after(s, 1);
    return s.count >= length ? text_after(s, length) : (struct span){NULL, 0};
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

static struct span skip_space(struct span s) {
    while (s.count && is_space(s.bytes[0]))
        s = text_after(s, 1);
    return s;
}

/* The tag of the root, from its name on; what stands before it (declarations, comments) is passed over. */
static struct span root_tag(struct span s) {
    for (;;) {
        s = skip_space(s);
        if (text_begins(s, "<?"))
            s = skip_to(s, "?>");
        else if (text_begins(s, "<!--"))
            s = skip_to(s, "-->");
        else
            return text_begins(s, "<") ? text_after(s, 1) : (struct span){NULL, 0};
    }
}

static enum imjin_status detect_xml(enum read_format *ret, const struct head *h, struct error *err) {
    struct span tag = root_tag(h->text), name = tag;
    name.count = 0;
    while (name.count < tag.count && !is_space(tag.bytes[name.count]) && tag.bytes[name.count] != '>' &&
           tag.bytes[name.count] != '/')
        name.count++;
    for (uint64_t i = 0; i < name.count; i++)
        if (name.bytes[i] == ':') {
            name = text_after(name, i + 1);
            i = 0;
        }
    if (text_same(name, "html") || text_begins(tag, "!DOCTYPE html"))
        return fail(err, IMJIN_BAD_INPUT, "%s is an HTML page, not a list", h->path);
    if (text_begins(tag, "!DOCTYPE"))
        return fail(err, IMJIN_BAD_INPUT, "%s has a DOCTYPE, which is not read: lists have none", h->path);
    for (unsigned i = 0; i < sizeof roots / sizeof *roots; i++)
        if (span_is(name, roots[i].root)) {
            *ret = roots[i].format;
            if (*ret == READ_OFAC_ENHANCED &&
                text_contains((struct span){tag.bytes, tag.count < 600 ? tag.count : 600}, "DeltaFile"))
                *ret = READ_OFAC_DELTA;
            return IMJIN_OK;
        }
    return fail_value(err, h->path, 0, NULL, name.bytes, name.count,
                      "is the root of an XML document that is no list known here");
}

/* ---- text: told by its first row ---- */

static const struct {
    const char *words[4]; /* all of them stand in the first rows */
    enum read_format format;
} headers[] = {
    {{"Unique ID", "OFSI Group ID", "Regime Name", NULL}, READ_UK_CSV},
    {{"Naal_wholename", "Entity_logical_id", NULL, NULL}, READ_EU_CSV},
    {{"NameAlias_WholeName", "Entity_LogicalId", NULL, NULL}, READ_EU_CSV},
    {{"federal_register_notice", "source_list_url", NULL, NULL}, READ_CSL_CSV},
    {{"Standard_Order", "FR_Citation", "\t", NULL}, READ_DPL},
    {{"id", "schema", "name", NULL}, READ_CSV},
};

static struct span first_rows(struct span s) {
    uint64_t lines = 0, count = 0;
    while (count < s.count && lines < 3)
        lines += s.bytes[count++] == '\n';
    return (struct span){s.bytes, count};
}

static unsigned columns_of(struct span s) {
    unsigned columns = 1;
    bool quoted = false;
    for (uint64_t i = 0; i < s.count && (quoted || s.bytes[i] != '\n'); i++) {
        quoted = quoted != (s.bytes[i] == '"');
        columns += !quoted && s.bytes[i] == ',';
    }
    return columns;
}

/* OFAC's tables begin with a number and have no header. */
static bool is_ofac_table(struct span s) {
    unsigned columns = columns_of(s);
    uint64_t digits = 0;
    while (digits < s.count && s.bytes[digits] >= '0' && s.bytes[digits] <= '9')
        digits++;
    return digits > 0 && digits < 10 && digits < s.count && s.bytes[digits] == ',' &&
           (columns == 12 || columns == 5 || columns == 6 || columns == 2);
}

/* One address a line and nothing else. */
static bool is_wallet_file(struct span s, bool whole) {
    struct span line;
    unsigned lines = 0;
    while (text_split(&s, "\n", &line) && lines < 50) {
        if (line.count && line.bytes[line.count - 1] == '\r')
            line.count--;
        if (s.bytes == NULL && !whole)
            break; /* the last line may be cut */
        if (line.count == 0 || line.bytes[0] == '#')
            continue;
        if (line.count < 20 || line.count > LIST_WALLET_MAX)
            return false;
        for (uint64_t i = 0; i < line.count; i++) {
            char c = line.bytes[i];
            if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == ':'))
                return false;
        }
        lines++;
    }
    return lines > 0;
}

static enum imjin_status detect_text(enum read_format *ret, const struct head *h, bool whole, struct error *err) {
    struct span rows = first_rows(h->text);
    for (unsigned i = 0; i < sizeof headers / sizeof *headers; i++) {
        bool all = true;
        for (unsigned w = 0; w < 4 && headers[i].words[w]; w++)
            all = all && text_contains(rows, headers[i].words[w]);
        if (all) {
            *ret = headers[i].format;
            return IMJIN_OK;
        }
    }
    if (is_ofac_table(h->text))
        *ret = READ_OFAC_CSV;
    else if (is_wallet_file(h->text, whole))
        *ret = READ_WALLETS;
    else
        return fail_value(err, h->path, 1, NULL, h->text.bytes, h->text.count > 60 ? 60 : h->text.count,
                          "begins as no list known here; \"imjin help lists add\" names the formats");
    return IMJIN_OK;
}

static enum imjin_status detect(enum read_format *ret, struct head h, bool whole, struct error *err) {
    enum read_format found;
    if (text_begins(h.text, "\xef\xbb\xbf"))
        h.text = text_after(h.text, 3);
    h.text = skip_space(h.text);
    if (h.text.count == 0)
        return fail(err, IMJIN_BAD_INPUT, "%s is empty", h.path);
    if (h.text.bytes[0] == '<')
        TRY(detect_xml(&found, &h, err));
    else if (h.text.bytes[0] == '{' || h.text.bytes[0] == '[')
        found = READ_FTM;
    else
        TRY(detect_text(&found, &h, whole, err));
    if (readers[found].read == NULL)
        return fail(err, IMJIN_BAD_INPUT, "%s has a format that is not read", h.path);
    *ret = found;
    return IMJIN_OK;
}

enum imjin_status format_detect(enum read_format *ret, const char *path, struct error *err) {
    struct input *in;
    uint64_t count = 0, more = 1;
    TRY(input_open(&in, path, 1, err));
    char *bytes = memory_new(LIST_DETECT_BYTES, 1);
    enum imjin_status status = bytes ? IMJIN_OK : fail_memory(err, "the beginning of a list");
    while (status == IMJIN_OK && more && count < LIST_DETECT_BYTES) {
        status = input_read(in, bytes + count, LIST_DETECT_BYTES - count, &more, err);
        count += status == IMJIN_OK ? more : 0;
    }
    if (status == IMJIN_OK)
        status = detect(ret, (struct head){path, {bytes, count}}, count < LIST_DETECT_BYTES, err);
    memory_free(bytes);
    input_close(in);
    return status;
}

const struct list_format *list_format_at(unsigned index) { return index < READ_FORMATS ? &readers[index].format : NULL; }
