"""Patterns in what accounts do: address poisoning, and what a person sees of it."""
import unittest

from program import ProgramTest, address, csv, tx

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


if __name__ == "__main__":
    unittest.main()
