#!/usr/bin/env python3
"""Writes the tables of data/names as C. usage: tables.py DATA_DIRECTORY OUT.c"""
import csv, pathlib, sys

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄴㄷㄹㅁㅂㅇ"
FINAL_OF = [0, 1, 1, 1, 2, 2, 2, 3, 4, 1, 5, 4, 4, 4, 6, 4, 5, 6, 6, 3, 3, 7, 3, 3, 1, 3, 6, 3]
CLASSES = ["title", "legal", "symbol", "given", "particle", "filiation", "number", "roman", "common"]


def rows(directory, name):
    with open(directory / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def index(syllable):
    """A Hangul syllable as (initial, medial, final)."""
    n = ord(syllable) - 0xAC00
    assert 0 <= n < 11172, syllable
    return n // 588, n // 28 % 21, FINAL_OF[n % 28]


def mask(syllables):
    """The set of readings as bits: 19 initials, 21 medials, 8 finals."""
    bits = 0
    for s in syllables:
        i, m, f = index(s)
        bits |= 1 << i | 1 << 19 + m | 1 << 40 + f
    return bits


# One byte for each of the letters from U+0430 on; korean.c has the same.
CYRILLIC = "abvgdejziwklmnoprstufhcx$#6y8379"


def cyrillic(letters):
    return "".join("q" if c == "ё" else CYRILLIC[ord(c) - 0x430] if "а" <= c <= "я" else c for c in letters)


def part_mask(part, jamo):
    if part == "initial":
        return sum(1 << INITIALS.index(j) for j in jamo)
    if part == "medial":
        return sum(1 << 19 + MEDIALS.index(j) for j in jamo)
    if part == "final":
        return sum(1 << 40 + FINALS.index(j) for j in jamo or " ")
    return mask(jamo)


def table(out, kind, name, lines, private=False):
    out.append("%sconst struct %s %s[] = {" % ("static " if private else "", kind, name))
    out.extend("    {%s}," % line for line in lines)
    out.append("};\n" if private else "};\nconst uint32_t %s_count = %d;\n" % (name, len(lines)))


def words(out, directory):
    found = rows(directory, "words.csv")
    groups = {g: n + 1 for n, g in enumerate(sorted({(r["class"], r["group"]) for r in found}))}
    blob, lines = bytearray(), []
    for r in sorted(found, key=lambda r: (r["words"].encode(), CLASSES.index(r["class"]))):
        value = int(r["group"]) if r["class"] in ("number", "roman") else groups[r["class"], r["group"]]
        lines.append("%d, %d, WORD_%s" % (len(blob), value, r["class"].upper()))
        blob += r["words"].encode() + b"\0"
    out.append("const char name_word_text[] =")
    out.extend('    "%s\\0"' % w.decode() for w in bytes(blob[:-1]).split(b"\0"))
    out[-1] += ";"
    table(out, "name_word", "name_words", lines)


def korean(out, directory):
    letters = [(cyrillic(r["letters"]), r["part"], part_mask(r["part"].split()[-1], r["jamo"])) for r in rows(directory, "korean_letters.csv")]
    schemes = ["", "cyrillic ", "kana "]
    parts = ["initial", "medial", "final", "whole"]
    for scheme in schemes:
        for part in parts:
            chosen = sorted((l, m) for l, p, m in letters if p == scheme + part)
            table(out, "korean_letters", ("korean_" + scheme + part + "s").replace(" ", "_"), ['"%s", %d, 0x%xULL' % (l, len(l), m) for l, m in chosen], True)
    out.append("const struct korean_scheme korean_schemes[] = {")
    out.extend("    {%s}," % ", ".join("korean_{0}s, {1}".format((s + p).replace(" ", "_"), sum(q == s + p for _, q, _ in letters)) for p in parts) for s in schemes)
    out.append("};\n")
    hanja = {}
    pinyin = {}
    for r in rows(directory, "hanja.csv"):
        hanja.setdefault(r["hanja"], set()).add(r["reading"])
        pinyin.setdefault(r["pinyin"], set()).add(r["reading"])
    table(out, "korean_hanja", "korean_hanja_table", ["0x%x, 0x%xULL" % (ord(h), mask(s)) for h, s in sorted(hanja.items())])
    readings, lines = [], []
    for p, s in sorted(pinyin.items()):
        ordered = sorted(s)
        lines.append('"%s", %d, %d' % (p, len(readings), len(ordered)))
        readings += ordered
    table(out, "korean_pinyin", "korean_pinyin_table", lines)
    out.append("const uint64_t korean_pinyin_readings[] = {%s};\n" % ", ".join("0x%xULL" % mask([s]) for s in readings))
    legal = bytearray(19 * 21 * 8 // 8)
    for r in rows(directory, "korean_syllables.csv"):
        i, m, f = index(r["hangul"])
        legal[i * 21 + m] |= 1 << f
    out.append("const uint8_t korean_legal[19 * 21] = {%s};\n" % ", ".join(map(str, legal)))
    families = sorted(rows(directory, "korean_family.csv"), key=lambda r: (len(r["hangul"]), r["hangul"]))
    table(out, "korean_family", "korean_families",
          ["{%s}, %d" % (", ".join("0x%xULL" % mask([s]) for s in r["hangul"]), len(r["hangul"])) for r in families])


def main():
    directory, path = pathlib.Path(sys.argv[1]), sys.argv[2]
    out = ['/* Made from data/names by src/name/tables.py. */\n#include "name/tables.h"\n']
    table(out, "name_letter", "name_letters",
          ['0x%x, "%s", %d' % (ord(r["letter"]), r["latin"], len(r["latin"])) for r in sorted(rows(directory, "letters.csv"), key=lambda r: ord(r["letter"]))])
    words(out, directory)
    korean(out, directory)
    pathlib.Path(path).write_text("\n".join(out), encoding="utf-8")


main()
