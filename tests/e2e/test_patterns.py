"""Patterns in what accounts do: address poisoning, and what a person sees of it."""
import unittest

from program import NOT_FOUND, USAGE, ProgramTest, address, csv, tx

USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
FAKE = address(0xFA4E)
THIEF = "0x" + "7" * 40
REAL = "0xabc4" + "0" * 32 + "beef"
NEAR = "0xabc4" + "1" * 32 + "beef"  # eight digits alike
FAR = "0xabc9" + "2" * 32 + "9eef"  # six: chance
BAIT = "0xabc4" + "3" * 32 + "beef"
DUST = "0xabcf" + "4" * 32 + "beef"
PAID = "0xabc4" + "5" * 32 + "beef"
VICTIM = address(0x51)
ROWS = [
    (1000, 10, tx(1), VICTIM, THIEF, USDT, 9_000_000),
    (1010, 11, tx(2), THIEF, REAL, USDT, 1_000_000),
    (1020, 12, tx(3), THIEF, NEAR, USDT, 0),  # an event that anybody can cause
    (1021, 12, tx(3), THIEF, FAR, USDT, 0),
    (1030, 13, tx(4), THIEF, BAIT, FAKE, 1_000_000),
    (1040, 14, tx(5), DUST, THIEF, USDT, 100),
    (1050, 15, tx(6), PAID, THIEF, USDT, 0),
    (1060, 16, tx(7), THIEF, PAID, USDT, 2_000_000),
]
TOKENS = f"address,symbol,name,decimals\n{USDT},USDT,Tether,6\n{FAKE},USD\u0422,Tether,6\n"


class Poisoning(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        said = self.json("import", "--chain", "ethereum", self.write("m.csv", csv(ROWS)), self.write("t.csv", TOKENS), schema="imjin.import/1")
        self.assertEqual([f["zero"] for f in said["files"]], [3, 0])
        self.imjin("label", "import", self.write("labels.csv", f"address,label,category\n{USDT},USDT token contract,defi_token\n"))

    def test_account(self):
        said = self.json("account", THIEF, schema="imjin.account/1")
        found = {i["address"]: i for i in said["look_alikes"]["items"]}
        self.assertEqual(set(found), {NEAR, BAIT, DUST, PAID})
        self.assertEqual({i["imitates"] for i in found.values()}, {REAL})
        self.assertEqual([(found[a]["zero_transfers"], found[a]["doubtful_transfers"], found[a]["dust_transfers"], found[a]["paid"])
                          for a in (NEAR, BAIT, DUST, PAID)], [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (1, 0, 0, 1)])
        self.assertEqual((found[NEAR]["prefix_digits"], found[NEAR]["suffix_digits"]), (4, 4))
        self.assertEqual((found[DUST]["prefix_digits"], found[DUST]["suffix_digits"]), (3, 4))
        self.assertEqual(said["movement_count"], 8)
        text = self.imjin("account", THIEF)[0]
        self.assertIn("4 addresses begin and end like 1 real counterparty", text)
        self.assertIn(f"PAID: money went to {PAID}", text)
        history = text[text.index("History"):]
        for hidden in (NEAR, BAIT, DUST, FAR):
            self.assertNotIn(hidden, history)
            self.assertNotIn(hidden, text[text.index("Counterparties"):])
        self.assertIn("of nothing, or with look-alike addresses", history)

    def test_nothing_looks_like_what_came_later(self):
        self.assertEqual(self.json("account", REAL, schema="imjin.account/1")["look_alikes"]["items"], [])
        self.assertEqual(self.json("account", VICTIM, schema="imjin.account/1")["look_alikes"]["addresses"], 0)

    def test_trace_and_report(self):
        said = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        self.assertEqual(said["look_alikes"]["addresses"], 4)
        self.assertNotIn(NEAR, {a["address"] for a in said["accounts"]})  # money never follows an event of nothing
        self.assertIn("4 addresses begin and end like", self.imjin("trace", "--from", THIEF)[0])
        self.imjin("report", THIEF, "--output", self.directory / "r")
        page = (self.directory / "r" / "report.html").read_text()
        self.assertIn("Look-alike addresses", page)
        self.assertIn(PAID, page)
        self.assertNotIn(NEAR, (self.directory / "r" / "flow.svg").read_text())

    def test_traces_do_not_change(self):
        with_zeros = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        for engine in ("follow", "replay"):
            self.assertEqual(self.json("trace", "--from", THIEF, "--engine", engine, schema="imjin.trace/1")["edges"], with_zeros["edges"])
        self.w = self.directory / "without"
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("n.csv", csv([r for r in ROWS if r[-1]])), self.write("t.csv", TOKENS))
        without = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        strip = lambda edges: [{k: v for k, v in e.items() if k != "movement"} for e in edges]  # noqa: E731
        self.assertEqual(strip(without["edges"]), strip(with_zeros["edges"]))
        self.assertEqual(without["rests"], with_zeros["rests"])


HOUR, DAY = 3600, 86400
CENTRE, POOL, BRIDGE, MIXER, DEPOSIT, SHOP, PLAIN = (address(0x900 + i) for i in range(7))


class Typologies(ProgramTest):
    """Each rule on a ledger made for it, a unit above and below its threshold."""

    def find(self, rows, *accounts, labels="", only=()):
        self.w = self.directory / f"w{len(list(self.directory.iterdir()))}"
        self.make()
        tokens = f"address,symbol,name,decimals\n{USDT},USDT,Tether,6\n"
        rows = [(t, 10 + t // 12, tx(1000 + i) if h is None else tx(h), a, b, asset, n) for i, (t, h, a, b, asset, n) in enumerate(rows)]
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(rows)), self.write("t.csv", tokens))
        if labels:
            self.imjin("label", "import", self.write("l.csv", "address,label,category\n" + labels))
        words = [word for name in only for word in ("--only", name)]
        said = self.json("patterns", *accounts, *words, schema="imjin.patterns/1")
        self.assertTrue(self.imjin("patterns", *accounts, *words)[0].startswith("Patterns: "))
        return said["findings"]

    def kinds(self, *arguments, **options):
        return {f["pattern"] for f in self.find(*arguments, **options)}

    def test_fans_and_consolidation(self):
        start = [(0, None, POOL, CENTRE, USDT, 10**9)]
        out = start + [(1000 + i, None, CENTRE, address(0xA00 + i), USDT, 1000 + i) for i in range(10)]
        found = self.find(out, CENTRE)
        self.assertEqual([(f["pattern"], f["count"], f["units"]) for f in found], [("fan-out", 10, "10045")])
        self.assertEqual(len(found[0]["evidence"]), 10)
        self.assertEqual(self.kinds(out[:-1], CENTRE), set())
        slow = start + [(1000 + i * (DAY // 9 + 1), None, CENTRE, address(0xA00 + i), USDT, 1000 + i) for i in range(10)]
        self.assertEqual(self.kinds(slow, CENTRE), set())
        into = [(1000 + i, None, address(0xA00 + i), CENTRE, USDT, 1000) for i in range(10)]
        self.assertEqual(self.kinds(into, CENTRE), {"fan-in"})
        self.assertEqual(self.kinds(into + [(2000, None, CENTRE, SHOP, USDT, 9000)], CENTRE), {"fan-in", "consolidation"})
        self.assertEqual(self.kinds(into + [(2000, None, CENTRE, SHOP, USDT, 8999)], CENTRE), {"fan-in"})
        self.assertEqual(self.kinds(into, CENTRE, only=["fan-out"]), set())

    def test_structuring_and_dormancy(self):
        rows = [(0, None, POOL, CENTRE, USDT, 10**9)] + [(1000 + i, None, CENTRE, address(0xA00 + i % 2), USDT, 9900) for i in range(5)]
        self.assertEqual(self.kinds(rows, CENTRE), {"structuring"})
        self.assertEqual(self.kinds(rows[:-1], CENTRE), set())
        mixed = "".join(f"{address(0xA00 + i)},M,mixing_service\n" for i in range(2))
        self.assertEqual(self.kinds(rows, CENTRE, labels=mixed), {"mixer"})
        for days, found in ((180, {"dormancy"}), (179, set())):
            rows = [(0, None, POOL, CENTRE, USDT, 100), (days * DAY, None, CENTRE, SHOP, USDT, 60)]
            self.assertEqual(self.kinds(rows, CENTRE), found)

    def test_chains(self):
        hops = [address(0xB00 + i) for i in range(5)]
        fast = [(1000 * i, None, hops[i], hops[i + 1], USDT, 1000 - i) for i in range(4)]
        self.assertEqual(self.kinds(fast, hops[1]), {"layering-chain"})
        self.assertEqual(self.kinds(fast[:-1], hops[1]), set())
        found = self.find(fast, *hops, only=["layering-chain"])
        self.assertEqual([(f["account"], f["other"], f["count"]) for f in found], [(hops[1], hops[4], 3)])
        peels = [(0, None, POOL, hops[0], USDT, 10000)]
        for i in range(3):
            peels += [(DAY * (i + 1), None, hops[i], address(0xC00 + i), USDT, 500), (DAY * (i + 1) + 60, None, hops[i], hops[i + 1], USDT, 9500 - 500 * i)]
        self.assertEqual(self.kinds(peels, hops[0]), {"peel-chain"})

    def test_services(self):
        rows = [(0, None, POOL, CENTRE, USDT, 900), (100, None, CENTRE, BRIDGE, USDT, 300), (200, None, CENTRE, MIXER, USDT, 300)]
        labels = f"{BRIDGE},B,defi_bridge\n{MIXER},M,mixing_service\n{SHOP},S,exchange\n"
        self.assertEqual(self.kinds(rows, CENTRE, labels=labels), {"chain-hop", "mixer"})
        rows = [(0, None, PLAIN, DEPOSIT, USDT, 70), (100, None, DEPOSIT, SHOP, USDT, 70), (200, None, POOL, DEPOSIT, USDT, 30), (300, None, DEPOSIT, SHOP, USDT, 30)]
        found = self.find(rows, DEPOSIT, labels=labels)
        self.assertEqual([(f["pattern"], f["other"], f["count"]) for f in found], [("deposit-reuse", SHOP, 2)])
        self.assertEqual(self.kinds(rows[:2], DEPOSIT, labels=labels), set())
        self.assertEqual(self.kinds(rows[:3] + [(300 + 3201 * 12, None, DEPOSIT, SHOP, USDT, 30)], DEPOSIT, labels=labels), set())

    def test_out_of_reach(self):
        swap = [(0, None, PLAIN, CENTRE, USDT, 500), (100, 7, CENTRE, POOL, USDT, 500), (100, 7, POOL, CENTRE, "", 9)]
        found = self.find(swap, CENTRE)
        self.assertEqual([(f["pattern"], f["units"], f["asset"]) for f in found], [("out-of-reach", "500", f"USDT {USDT}")])

    def test_dust_around_a_payment(self):
        rows = [(0, None, POOL, CENTRE, USDT, 10**9), (5000, None, PLAIN, CENTRE, USDT, 0), (5100, None, CENTRE, SHOP, USDT, 10**8),
                (5200, None, DEPOSIT, CENTRE, USDT, 1)]
        self.assertEqual(self.kinds(rows, CENTRE), {"dust-sandwich"})

    def test_words(self):
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv([(0, 1, tx(1), POOL, CENTRE, "", 5)])))
        self.imjin("patterns", CENTRE, "--only", "nonsense", status=USAGE)
        self.imjin("patterns", address(0x12345), status=NOT_FOUND)
        self.write("case.conf", f"title = A case\nfrom = {CENTRE}\nchain = ethereum\n")
        said = self.json("patterns", self.directory / "case.conf", "--without", "fan-in", schema="imjin.patterns/1")
        self.assertEqual([p["pattern"] for p in said["patterns"] if not p["on"]], ["fan-in"])
        self.assertEqual(said["accounts_looked_at"], 1)


if __name__ == "__main__":
    unittest.main()
