"""Importing: formats, compression, repetition, bad rows, kills, locks, a full disk, hostile ledgers."""
import gzip
import json
import random
import shutil
import subprocess
import unittest

from program import (BAD_INPUT, EXCHANGE, HEADER, MACHINE, NOT_FOUND, OK, SECONDS_MAX, STORY, USAGE, USER, VOID, ProgramTest,
                     address, csv, limited, tx)


def many(count, accounts=50000):
    """A story of `count` movements among random accounts; same count, same bytes."""
    dice = random.Random(count)
    rows = (f"{1000 + i},{10 + i // 20},{tx(i + 1000)},{address(dice.randrange(accounts) + 1)},{address(dice.randrange(accounts) + 1)},USD,"
            f"{dice.randrange(1, 10 ** 9)}" for i in range(count))
    return HEADER + "\n" + "\n".join(rows) + "\n"


class Import(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()

    def load(self, *paths, words=(), **options):
        return self.imjin("import", "--chain", "test", *words, *paths, **options)

    def result(self, *paths, words=()):
        return self.json("import", "--chain", "test", *words, *paths, schema="imjin.import/1")

    def test_says_what_it_did(self):
        said = self.result(self.write("m.csv", csv(STORY)))
        self.assertEqual((said["files"][0]["format"], said["files"][0]["rows"], said["movements_added"], said["compiled"]),
                         ("movements", 5, 5, True))
        text = self.load(self.write("m2.csv", csv(STORY)))[0]
        self.assertIn("movements", text)
        self.assertIn("0 movements added, 5 known", text)

    def test_same_rows_add_nothing_in_any_form_and_order(self):
        plain = self.write("m.csv", csv(STORY))
        self.load(plain)
        identity = self.identity()
        shuffled = self.write("shuffled.csv", csv(STORY[::-1]))
        zipped = self.write("m.csv.gz", gzip.compress(csv(STORY).encode()))
        subprocess.run(["zstd", "-q", str(plain), "-o", str(plain) + ".zst"], check=True)
        crlf = self.write("crlf.csv", csv(STORY).replace("\n", "\r\n"))
        mixed = self.write("mixed.csv", csv(STORY).replace("\n", "\r\n", 3))
        marked = self.write("bom.csv", "\ufeff" + csv(STORY))
        for path in (plain, shuffled, zipped, str(plain) + ".zst", crlf, mixed, marked):
            said = self.result(path)
            self.assertEqual((said["movements_added"], said["movements_known"]), (0, 5), path)
        before = self.contents()
        self.load("-", stdin=csv(STORY))
        self.assertEqual(self.identity(), identity)
        self.assertEqual(self.contents(), before)

    def test_order_of_files_changes_nothing(self):
        a, b = self.write("a.csv", csv(STORY[:3])), self.write("b.csv", csv(STORY[2:]))
        identities = set()
        for name, runs in (("ab", [[a, b]]), ("ba", [[b, a]]), ("a,b", [[a], [b]]), ("b,a", [[b], [a]])):
            self.w = self.directory / name
            self.make()
            for paths in runs:
                self.load(*paths)
            identities.add(self.identity())
            self.imjin("verify")
        self.assertEqual(len(identities), 1)

    def test_unsorted_blocks_and_time_going_backwards_are_sorted(self):
        rows = [(r[0], r[1], *r[2:]) for r in STORY]
        random.Random(1).shuffle(rows)
        self.load(self.write("u.csv", csv(rows)))
        identity = self.identity()
        self.w = self.directory / "w2"
        self.make()
        self.load(self.write("s.csv", csv(STORY)))
        self.assertEqual(self.identity(), identity)

    def bad_files(self):
        """name, bytes, what the message must name."""
        good = csv(STORY)

        def row(**change):
            cells = dict(zip(HEADER.split(","), map(str, STORY[1])), **change)
            return good + ",".join(cells.values()) + "\n"
        mixed_case = "0x098B716b8aaf21512996dc57eb0615e2383e2f96"
        return [
            ("truncated.csv.gz", gzip.compress(many(2000).encode())[:-2000], "truncated.csv.gz"),
            ("flipped.csv.gz", gzip.compress(good.encode())[:40] + b"\xff" + gzip.compress(good.encode())[41:], "flipped.csv.gz"),
            ("column.csv", good.replace(",to,", ",whither,", 1), "to"),
            ("quote.csv", good + '1,1,"never closed,' + "x" * 100, "quote.csv:7"),
            ("field.csv", good + "1,1," + "x" * (10 << 20) + "\n", "field.csv:7"),
            ("nul.csv", row(to="0x\0" + "0" * 39), "nul.csv:7"),
            ("short.csv", row(to="0x" + "1" * 39), "short.csv:7"),
            ("long.csv", row(to="0x" + "1" * 41), "long.csv:7"),
            ("checksum.csv", row(to=mixed_case), "checksum.csv:7"),
            ("negative.csv", row(amount="-5"), "negative.csv:7"),
            ("hexadecimal.csv", row(amount="0x10"), "hexadecimal.csv:7"),
            ("scientific.csv", row(amount="1e3"), "scientific.csv:7"),
            ("large.csv", row(amount=str(2 ** 256)), "large.csv:7"),
            ("fraction.csv", row(amount="1.5"), "fraction.csv:7"),
            ("word.csv", row(amount="many"), "word.csv:7"),
            ("cells.csv", good + "1,2,3\n", "cells.csv:7"),
            ("empty.csv", "", "empty.csv"),
            ("prose.csv", "Dear reader,\nthis is a letter.\n", "prose.csv"),
            ("binary.csv", bytes(range(256)) * 20, "binary.csv"),
        ]

    def test_bad_files_are_refused_and_change_nothing(self):
        self.load(self.write("m.csv", csv(STORY)))
        good = self.write("good.csv", csv([(9, 9, tx(77), VOID, USER, "USD", 5)]))
        before = self.contents()
        for name, data, named in self.bad_files():
            with self.subTest(name=name):
                path = self.write(name, data)
                self.assertIn(named, self.load(good, path, status=BAD_INPUT)[1])
                self.assertEqual(before, self.contents())
        self.load(self.directory / "not-there.csv", status=BAD_INPUT)
        self.load(self.directory, status=USAGE)
        self.assertEqual(before, self.contents())
        self.imjin("verify")

    def test_bad_rows_can_be_skipped_and_are_listed(self):
        rows = csv(STORY).splitlines()
        rows[2:2] = ["1,1,x,0x12,0x13,USD,5", f"1,1,{tx(8)},{VOID},{USER},USD,-4"]
        path = self.write("bad.csv", "\n".join(rows) + "\n")
        out = self.load(path, words=("--on-error", "skip"))[0]
        self.assertIn("2 skipped", out)
        self.assertIn("bad.csv:3", out)
        self.assertIn("bad.csv:4", out)
        said = self.result(path, words=("--on-error", "skip"))
        self.assertEqual((said["files"][0]["bad"], len(said["files"][0]["skipped"]), said["movements_known"]), (2, 2, 5))

    def test_amounts_are_exact(self):
        amount = 2 ** 256 - 1
        self.load(self.write("m.csv", csv([(1, 1, tx(1), VOID, USER, "USD", amount), (2, 2, tx(2), VOID, USER, "EUR", 2 ** 64 + 1)])))
        out = self.imjin("account", USER, "--json")[0]
        self.assertIn(f'"{2 ** 64 + 1}"', out)
        self.assertIn(f'"{amount}"', self.imjin("tx", tx(1), "--json")[0] + out)

    def test_killed_imports_resume_to_the_same_ledger(self):
        path = self.write("many.csv", many(300000))
        self.load(path)
        whole = self.identity()
        for attempt in range(4):
            self.w = self.directory / f"killed{attempt}"
            self.make()
            for _ in range(2):
                process = self.start("-w", self.w, "import", "--chain", "test", path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                seen = 0
                while process.poll() is None and seen <= 2 + 3 * attempt:
                    now = len(list(self.w.rglob("*")))
                    seen = max(seen, now - 6)
                process.kill()
                process.wait()
                self.imjin("info")
            self.load(path)
            self.assertEqual(self.identity(), whole)
            self.imjin("verify")

    def test_two_imports_at_once(self):
        path = self.write("m.csv", csv(STORY))
        first = self.start("-w", self.w, "import", "--chain", "test", "--format", "movements", "-", stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first.stdin.write(b"time,block,tx,from,")
        first.stdin.flush()
        lock = None
        while lock is None and first.poll() is None:
            lock = next((p for p in (self.w / "ledger").rglob("*") if p.is_file()), None)
        self.assertIn("another process", self.load(path, status=MACHINE)[1])
        out, err = first.communicate(csv(STORY).encode()[len("time,block,tx,from,"):], timeout=SECONDS_MAX)
        self.assertEqual(first.returncode, OK, err)
        self.assertIn("5 known", self.load(path)[0])

    def test_full_disk(self):
        self.load(self.write("m.csv", csv(STORY)))
        before = self.identity()
        path = self.write("many.csv", many(100000))
        for bytes_max in (1 << 12, 1 << 16, 1 << 20, 3 << 20):
            with self.subTest(bytes_max=bytes_max):
                self.load(path, status=MACHINE, preexec_fn=limited(bytes_max))
                self.assertEqual(self.identity(), before)
                self.imjin("verify")
        self.load(path)
        self.imjin("verify")

    def test_damaged_ledgers_are_found_and_never_crash(self):
        self.load(self.write("many.csv", many(300, accounts=40)))
        sound = self.directory / "sound"
        shutil.copytree(self.w, sound)
        dice = random.Random(7)
        files = [p.relative_to(sound) for place in ("ledger", "compiled") for p in sorted((sound / place).rglob("*"))
                 if p.is_file() and p.stat().st_size]
        for name in files:
            data = (sound / name).read_bytes()
            cuts = {0, 1, len(data) // 2, len(data) - 1}
            damages = [("cut", data[:n]) for n in sorted(cuts)]
            for at in [0, len(data) - 1, *(dice.randrange(len(data)) for _ in range(4))]:
                damages.append((f"flip {at}", data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:]))
            for what, damaged in damages:
                if damaged == data or name.name.endswith((".lock", "lock")):
                    continue
                with self.subTest(name=str(name), what=what):
                    (self.w / name).write_bytes(damaged)
                    for words in (["verify"], ["account", address(3)], ["trace", "--from", address(3)], ["info"]):
                        process = self.start("-w", self.w, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                        process.communicate(timeout=SECONDS_MAX)
                        self.assertIn(process.returncode, (OK, NOT_FOUND, BAD_INPUT), words)
                    shutil.rmtree(self.w)
                    shutil.copytree(sound, self.w)

    def test_verify_finds_a_flipped_bit_in_every_data_file(self):
        self.load(self.write("many.csv", many(300, accounts=40)))
        for path in sorted((self.w / "ledger").rglob("*")):
            if not path.is_file() or not path.stat().st_size:
                continue
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 4]))
            with self.subTest(path=path.name):
                process = self.start("-w", self.w, "verify", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                process.communicate(timeout=SECONDS_MAX)
                self.assertIn(process.returncode, (NOT_FOUND, BAD_INPUT))
            path.write_bytes(data)
        self.imjin("verify")


class Hostile(ProgramTest):
    """Labels and ledgers that somebody made to hurt."""

    def test_label_files(self):
        self.make()
        bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
        before = self.contents()
        for name, data in (("bomb.yaml", bomb), ("cut.yaml", "title: [\n"), ("empty.csv", ""), ("bad.csv", "address,category\n0x12,exchange\n"),
                           ("nul.csv", "address,category\n\0,exchange\n")):
            with self.subTest(name=name):
                self.assertIn(name, self.imjin("label", "import", self.write(name, data), status=BAD_INPUT)[1])
                self.assertEqual(before, self.contents())
        self.imjin("label", "import", self.directory / "none.yaml", status=BAD_INPUT)

    def test_labels_that_cannot_be_read_are_skipped_on_request(self):
        self.make()
        labels = self.write("some.csv", f"address,category\n{USER},exchange\n0x12,exchange\n{EXCHANGE},exchange\n")
        self.imjin("label", "import", labels, status=BAD_INPUT)
        said = self.imjin("label", "import", "--on-error", "skip", labels)[0]
        self.assertIn("2 tags read, 2 added, 1 skipped", said)
        self.assertIn('some.csv:3: "address"', said)
        said = json.loads(self.imjin("label", "import", "--on-error", "skip", "--json", labels)[0])
        self.assertEqual((1, 3), (said["skipped"], said["skipped_first"][0]["line"]))
        cut = self.write("cut.yaml", "title: [\n")
        self.imjin("label", "import", "--on-error", "skip", cut, status=BAD_INPUT)

    def test_a_cycle_of_a_million_transfers(self):
        self.make()
        ring = [address(0x1000 + i) for i in range(3)]
        rows = [f"1,1,{tx(1)},{VOID},{ring[0]},USD,1000"]
        rows += [f"{2 + i},{2 + i},{tx(2 + i)},{ring[i % 3]},{ring[(i + 1) % 3]},USD,1000" for i in range(1000000)]
        self.imjin("import", "--chain", "test", self.write("ring.csv", HEADER + "\n" + "\n".join(rows) + "\n"))
        said = self.json("trace", "--from", f"{ring[0]},1000", schema="imjin.trace/1")
        self.assertEqual(len(said["thefts"]), 1)
        self.imjin("trace", "--from", f"{ring[0]},1000", "--work-limit", 1000)

    def test_an_account_with_a_million_counterparties(self):
        self.make()
        hub = address(0x99)
        rows = [f"{1 + i},{1 + i // 100},{tx(1 + i)},{address(0x100000 + i)},{hub},USD,1" for i in range(500000)]
        rows += [f"{600001 + i},{6001 + i // 100},{tx(1000001 + i)},{hub},{address(0x900000 + i)},USD,1" for i in range(500000)]
        self.imjin("import", "--chain", "test", self.write("hub.csv", HEADER + "\n" + "\n".join(rows) + "\n"))
        self.imjin("account", hub)
        path = self.directory / "reached.csv"
        self.imjin("trace", "--from", address(0x100000 + 5), "--reached", path)
        self.assertIn(f"{hub},1,hub", path.read_text())


if __name__ == "__main__":
    unittest.main()
