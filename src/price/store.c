#include "price/format.h"

struct price_store {
    struct mapping file;
    struct price_header header; /* zero for an empty store */
    const struct price_asset *assets;
    const struct price_source *sources;
    const struct price_record *rows;
};

/* ---- opening ---- */

static bool divide(struct price_store *s) {
    const struct price_header *h = &s->header;
    if (h->assets > PRICE_ASSETS_MAX || h->sources > PRICE_SOURCES_MAX || h->rows > PRICE_ROWS_MAX)
        return false;
    uint64_t assets = sizeof *h, sources = assets + h->assets * sizeof *s->assets,
             rows = sources + h->sources * sizeof *s->sources;
    s->assets = (const struct price_asset *)(const void *)(s->file.bytes + assets);
    s->sources = (const struct price_source *)(const void *)(s->file.bytes + sources);
    s->rows = (const struct price_record *)(const void *)(s->file.bytes + rows);
    return rows + h->rows * sizeof *s->rows == s->file.count;
}

static bool sources_sound(const struct price_store *s) {
    for (uint64_t i = 0; i < s->header.sources; i++) {
        if (s->sources[i].text[PRICE_SOURCE_MAX] != '\0')
            return false;
        if (i > 0 && memcmp(&s->sources[i - 1], &s->sources[i], sizeof *s->sources) >= 0)
            return false;
    }
    return true;
}

static bool assets_sound(const struct price_store *s) {
    uint64_t next = 0;
    for (uint64_t i = 0; i < s->header.assets; i++) {
        const struct price_asset *a = &s->assets[i];
        if (a->first != next || a->count == 0 || (i > 0 && price_asset_compare(a - 1, a) >= 0) ||
            a->chain[sizeof a->chain - 1] != '\0')
            return false;
        next += a->count;
    }
    return next == s->header.rows;
}

static bool rows_sound(const struct price_store *s) {
    for (uint64_t i = 0; i < s->header.rows; i++) {
        const struct price_record *r = &s->rows[i];
        if (r->asset >= s->header.assets || r->source >= s->header.sources || i < s->assets[r->asset].first ||
            i - s->assets[r->asset].first >= s->assets[r->asset].count)
            return false;
        if (i > 0 && price_record_compare(r - 1, r) >= 0)
            return false;
    }
    return true;
}

static enum imjin_status check_file(struct price_store *s, const char *path, struct error *err) {
    if (s->file.count < sizeof s->header)
        return fail_value(err, path, 0, NULL, NULL, 0, "is too short for a price store; import the prices again");
    memcpy(&s->header, s->file.bytes, sizeof s->header);
    if (memcmp(s->header.magic, PRICE_MAGIC, sizeof s->header.magic) != 0)
        return fail_value(err, path, 0, NULL, NULL, 0, "is not a price store");
    if (s->header.version != PRICE_VERSION || s->header.row_bytes != sizeof *s->rows)
        return fail_value(err, path, 0, NULL, NULL, 0, "is of version %u, this program knows %d", s->header.version,
                          PRICE_VERSION);
    if (hash_bytes(s->file.bytes + PRICE_CHECKED_FROM, s->file.count - PRICE_CHECKED_FROM, 0) != s->header.checksum ||
        !divide(s) || !sources_sound(s) || !assets_sound(s) || !rows_sound(s))
        return fail_value(err, path, 0, NULL, NULL, 0, "is damaged; remove it and import the prices again");
    return IMJIN_OK;
}

static enum imjin_status read_file(struct price_store *s, const char *path, struct error *err) {
    TRY(mapping_open(&s->file, path, err));
    return check_file(s, path, err);
}

enum imjin_status price_open(struct price_store **ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, PRICE_FILE));
    struct price_store *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "prices");
    enum imjin_status status = file_exists(path) ? read_file(s, path, err) : IMJIN_OK;
    if (status != IMJIN_OK)
        price_close(s);
    else
        *ret = s;
    return status;
}

void price_close(struct price_store *s) {
    if (s == NULL)
        return;
    mapping_close(&s->file);
    memory_free(s);
}

/* ---- reading ---- */

uint64_t price_count(const struct price_store *s) { return s->header.rows; }
const struct sha256 *price_identity(const struct price_store *s) { return &s->header.identity; }

static struct price price_of(const struct price_store *s, const struct price_record *r) {
    return (struct price){.usd = price_record_usd(r), .time = r->time, .source = span_of(s->sources[r->source].text)};
}

static struct span fixed_text(const char *text, uint64_t bytes_max) { return (struct span){text, strnlen(text, bytes_max)}; }

struct price_row price_at(const struct price_store *s, uint64_t index) {
    INVARIANT(index < s->header.rows);
    const struct price_record *r = &s->rows[index];
    const struct price_asset *a = &s->assets[r->asset];
    return (struct price_row){
        .chain = fixed_text(a->chain, sizeof a->chain), .asset = fixed_text(a->name, sizeof a->name), .price = price_of(s, r)};
}

/* ---- finding ---- */

bool price_asset_name(const struct asset_key *key, char ret_name[PRICE_ASSET_MAX]) {
    char text[ADDRESS_PRINT_MAX];
    if (key->form == ASSET_ITEM)
        return false;
    unsigned count = 6;
    if (key->form == ASSET_NATIVE)
        memcpy(text, "native", count);
    else
        count = address_print(&key->contract, text);
    if (count > PRICE_ASSET_MAX)
        return false;
    memset(ret_name, 0, PRICE_ASSET_MAX);
    memcpy(ret_name, text, count);
    return true;
}

static const struct price_asset *find_asset(const struct price_store *s, const struct price_asset *wanted) {
    uint64_t low = 0, high = s->header.assets;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        int order = price_asset_compare(&s->assets[middle], wanted);
        if (order == 0)
            return &s->assets[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool find_price(const struct price_store *s, const struct price_asset *wanted, int64_t time, struct price *ret) {
    const struct price_asset *a = find_asset(s, wanted);
    if (a == NULL)
        return false;
    uint64_t low = a->first, high = (uint64_t)a->first + a->count; /* the first behind `time` */
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (s->rows[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == a->first || time - s->rows[low - 1].time > PRICE_AGE_SECONDS_MAX)
        return false;
    const struct price_record *r = &s->rows[low - 1];
    while (r > &s->rows[a->first] && r[-1].time == r->time)
        r--;
    *ret = price_of(s, r);
    return true;
}

bool price_find(const struct price_store *s, const struct chain *c, const struct asset_key *key, int64_t time,
                struct price *ret) {
    struct price_asset wanted = {0};
    if (s == NULL || s->header.rows == 0 || time == TIME_UNKNOWN || !price_asset_name(key, wanted.name))
        return false;
    memcpy(wanted.chain, c->name, sizeof c->name);
    if (find_price(s, &wanted, time, ret))
        return true;
    memset(wanted.chain, 0, sizeof wanted.chain);
    if (key->form == ASSET_NATIVE) {
        memset(wanted.name, 0, sizeof wanted.name);
        memcpy(wanted.name, c->native_symbol, strnlen(c->native_symbol, sizeof c->native_symbol));
    }
    return wanted.name[0] && find_price(s, &wanted, time, ret);
}
