#!/usr/bin/env python3
"""Turns data/abi/*.csv into the C initialisers of codec/abi.c. usage: abi.py EVENTS FUNCTIONS WRAPPERS OUTPUT"""
import csv, re, sys


class Field:
    """One parameter: its canonical type, its words in the head, and what stands behind an offset when it is dynamic."""

    def __init__(self, canonical, kind, words, element, name, indexed):
        self.canonical, self.kind, self.words, self.element, self.name, self.indexed = canonical, kind, words, element, name, indexed


class Signature:
    def __init__(self, name, fields):
        self.name, self.fields = name, fields
        self.canonical = name + "(" + ",".join(f.canonical for f in fields) + ")"


def split(text):
    """Parts between the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return parts + [text[start:]] if text else []


def base(text):
    """(canonical, kind, words, element bytes) of a type without array brackets."""
    if text.startswith("("):
        fields = [field(part) for part in split(text[1:-1])]
        canonical = "(" + ",".join(f.canonical for f in fields) + ")"
        if any(f.kind in DYNAMIC for f in fields):
            return canonical, "ABI_OTHER_DYNAMIC", 1, 0
        return canonical, "ABI_WORDS", sum(f.words for f in fields), 0
    if text in ("bytes", "string"):
        return text, "ABI_BYTES", 1, 1
    if text == "address":
        return text, "ABI_ADDRESS", 1, 0
    if text == "bool":
        return text, "ABI_BOOL", 1, 0
    if re.fullmatch(r"u?int(8|16|24|32|40|48|56|64|72|80|88|96|104|112|120|128|160|256)", text):
        return text, "ABI_INT" if text.startswith("int") else "ABI_UINT", 1, 0
    if re.fullmatch(r"bytes([1-9]|[12][0-9]|3[0-2])", text):
        return text, "ABI_FIXED", 1, 0
    raise ValueError("no such type: " + text)


FIELDS_MAX = 16  # as codec/abi.h has it
DYNAMIC = ("ABI_BYTES", "ABI_ARRAY", "ABI_OTHER_DYNAMIC")


def field(text):
    depth = cut = 0
    for cut, c in enumerate(text):
        depth += (c in "(") - (c in ")")
        if c == " " and depth == 0:
            break
    else:
        cut = len(text)
    whole, words = text[:cut], text[cut:].split()
    at = whole.rindex(")") + 1 if whole.startswith("(") else len(re.match(r"[a-z0-9]*", whole)[0])
    canonical, kind, size, element = base(whole[:at])
    for bracket in re.findall(r"\[([0-9]*)\]", whole[at:]):
        canonical += "[%s]" % bracket
        if kind in DYNAMIC:
            kind, size, element = "ABI_OTHER_DYNAMIC", 1, 0
        elif bracket:
            kind, size = "ABI_WORDS", size * int(bracket)
        else:
            kind, size, element = "ABI_ARRAY", 1, 32 * size
    indexed = bool(words) and words[0] == "indexed"
    return Field(canonical, kind, size, element, words[-1] if words else "", indexed)


def bits(f):
    """How many low bits (whole bytes on the left for bytesN) of its word a value may use."""
    found = re.fullmatch(r"(u?int|bytes)([0-9]+)", f.canonical)
    if not found:
        return 160 if f.canonical == "address" else 1 if f.canonical == "bool" else 256
    return int(found[2]) * (8 if found[1] == "bytes" else 1)


def parse(text):
    at = text.index("(")
    fields = [field(part) for part in split(text[at + 1:-1])]
    if len(fields) > FIELDS_MAX or sum(f.indexed for f in fields) > 3:
        raise ValueError("too many parameters: " + text)
    return Signature(text[:at], fields)


def octets_of(digits):
    return ",".join("0x" + digits[i:i + 2] for i in range(0, len(digits), 2))


def write(out, name, path, size):
    rows = list(csv.DictReader(open(path, newline="", encoding="utf-8")))
    if rows != sorted(rows, key=lambda r: (r["hash"], r["signature"])):
        sys.exit(path + ": not sorted; run script/compile-abi")
    signatures = [parse(row["signature"]) for row in rows]
    out.write("static const struct abi_field %s_fields[] = {\n" % name)
    for signature in signatures:
        for f in signature.fields:
            out.write('{"%s", %s, %s, %d, %d, %d},\n' % (f.name, f.kind, "true" if f.indexed else "false", f.words, f.element, bits(f)))
    out.write("{0}};\nstatic const struct abi_signature %s_table[] = {\n" % name)
    at = 0
    for row, signature in zip(rows, signatures):
        digits = row["hash"][2:]
        if len(digits) != 2 * size:
            sys.exit("%s: %s: the hash is not computed; run script/compile-abi" % (path, row["signature"]))
        out.write('{"%s", "%s", "%s", %s_fields + %d, %d, %d, ABI_%s, {%s}},\n' % (
            signature.name, signature.canonical, row["protocol"], name, at, len(signature.fields), sum(f.indexed for f in signature.fields),
            row["meaning"].upper().replace("-", "_"), octets_of(digits)))
        at += len(signature.fields)
    out.write("};\n")


def write_wrappers(out, path):
    out.write("static const struct wrapper {\nuint8_t contract[20];\nbool silent;\n} wrappers[] = {\n")
    for row in csv.DictReader(open(path, newline="", encoding="utf-8")):
        out.write("{{%s}, %s}, /* %s */\n" % (octets_of(row["contract"][2:]), "true" if row["silent"] == "1" else "false", row["chain"]))
    out.write("};\n")


if __name__ == "__main__":
    with open(sys.argv[4], "w", encoding="utf-8") as out:
        write(out, "event", sys.argv[1], 32)
        write(out, "function", sys.argv[2], 4)
        write_wrappers(out, sys.argv[3])
