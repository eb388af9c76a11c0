#include "trace/trace.h"

#include "trace/limits.h"

const char *trace_policy_name(enum trace_policy p) {
    static const char *const names[TRACE_POLICIES] = {"fifo", "lifo", "haircut", "poison"};
    return (unsigned)p < TRACE_POLICIES ? names[p] : "?";
}

const char *stop_reason_name(enum stop_reason r) {
    static const char *const names[STOP_REASONS] = {"",     "service", "deposit-address", "mixer", "bridge", "defi",
                                                    "burn", "hub",     "horizon",         "dust",  "limit"};
    return (unsigned)r < STOP_REASONS ? names[r] : "?";
}

const char *note_kind_name(enum note_kind kind) {
    static const char *const names[NOTE_KINDS] = {"not-found", "nothing-received", "received-less", "listed-again",
                                                  "nothing-left"};
    return (unsigned)kind < NOTE_KINDS ? names[kind] : "?";
}

static enum imjin_status name_source(const struct ledger *l, const struct trace_note *note, struct text *t, struct error *err) {
    char text[ADDRESS_PRINT_MAX];
    struct address address;
    text_add_format(t, "source %u", note->source + 1);
    if (note->account.n != ID_NONE) {
        TRY(ledger_address(l, note->account, &address, err));
        address_print(&address, text);
        text_add_format(t, ", %s", text);
    } else if (note->said.count) {
        escape_ascii(text, sizeof text, note->said.bytes, note->said.count);
        text_add_format(t, ", %s", text);
    }
    text_add_string(t, ": ");
    return IMJIN_OK;
}

enum imjin_status trace_note_print(const struct ledger *l, const struct trace_note *note, struct text *t, struct error *err) {
    char asset[ASSET_PRINT_MAX] = "", units[U128_DIGITS_MAX];
    TRY(name_source(l, note, t, err));
    u128_print(note->units, units);
    if (note->asset.n != ID_NONE)
        TRY(ledger_asset_print(l, note->asset, asset, err));
    switch ((enum note_kind)note->kind) {
    case NOTE_MISSING:
        text_add_format(t, "not found: the ledger of %s has no movement of it", ledger_chain(l)->name);
        break;
    case NOTE_NOTHING:
        text_add_string(t,
                        "it received nothing that matches: check asset, time and transaction, or import more of its history");
        break;
    case NOTE_LESS:
        text_add_format(t, "it received less than was asked for: %s base units of %s are lacking", units, asset);
        break;
    case NOTE_AGAIN:
        text_add_format(t, "listed again: %s base units of %s were taken already, and what comes behind them was taken", units,
                        asset);
        break;
    default:
        text_add_format(t, "listed again: nothing left to take of %s", asset);
        break;
    }
    return IMJIN_OK;
}

struct trace_request trace_defaults(void) {
    return (struct trace_request){
        .policy = POLICY_FIFO,
        .engine = ENGINE_FOLLOW,
        .rules = SETTLE_RULES_ALL,
        .stop_at_labels = true,
        .stop_at_deposits = true,
        .stop_at_hubs = true,
        .hub_counterparties = TRACE_HUB_COUNTERPARTIES_DEFAULT,
        .time_until = TIME_UNKNOWN,
        .claim_min = 1,
        .pieces_max = TRACE_PIECES_DEFAULT,
        .threads = 1,
    };
}
