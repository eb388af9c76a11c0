"""Where stolen money can be stopped, the letters that ask for it, and what moved between two runs of a case."""
import csv as tables
import unittest

from program import BAD_INPUT, ProgramTest, address, csv, tx

USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
FAKE = address(0xFA4E)
VICTIM, THIEF, HIDE, SHOP, NEXT = (address(0x81 + i) for i in range(5))
ROWS = [
    (1000, 10, tx(1), VICTIM, THIEF, USDC, 9_000_000),
    (1010, 11, tx(2), THIEF, HIDE, USDC, 4_000_000),
    (1020, 12, tx(3), THIEF, SHOP, USDC, 3_000_000),
    (1030, 13, tx(4), THIEF, HIDE, USDC, 1_000_000),
    (1040, 14, tx(5), VICTIM, THIEF, FAKE, 5_000_000),
    (1050, 15, tx(6), VICTIM, THIEF, "", 10**18),
]
TOKENS = f"address,symbol,name,decimals\n{USDC},USDC,USD Coin,6\n{FAKE},USDC,USD Coin,6\n"


class Actions(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(ROWS)), self.write("t.csv", TOKENS))
        self.imjin("label", "import", self.write("l.csv", f"address,label,category,actor\n{SHOP},Shop <14>,exchange,theshop\n"))
        self.write("case.conf", f"title = Theft & Co\nchain = ethereum\nfrom = {THIEF}\n")
        self.case = self.directory / "case.conf"

    def test_letters(self):
        self.imjin("report", self.case, "--output", self.directory / "r", "--freeze", self.directory / "f")
        names = sorted(p.name for p in (self.directory / "f").iterdir())
        self.assertEqual(names, ["01-circle.txt", "02-theshop.txt", "actions.csv"])
        with open(self.directory / "f" / "actions.csv", newline="", encoding="utf-8") as file:
            rows = list(tables.DictReader(file))
        self.assertEqual([(r["party"], r["kind"], r["account"], r["amount"], r["transaction"], r["arrivals"]) for r in rows],
                         [("Circle", "issuer", THIEF, "1", tx(1), "1"), ("Circle", "issuer", HIDE, "5", tx(2), "2"),
                          ("theshop", "service", SHOP, "3", tx(3), "1")])  # the fake USDC and the coin have no issuer
        letter = (self.directory / "f" / "01-circle.txt").read_text()
        for words in ("To: Circle", "Case: Theft & Co", f"5 USDC {USDC}", tx(2), tx(4), "9 USDC", "identity", "there since 1970-01-01 00:16:50Z"):
            self.assertIn(words, letter)
        self.assertNotIn(FAKE, letter)
        page = (self.directory / "r" / "report.html").read_text()
        self.assertIn("Request to Circle", page)
        self.assertIn("Case: Theft &amp; Co", page)
        self.assertIn("Shop &lt;14&gt;", page)

    def test_trace(self):
        said = self.json("trace", "--from", self.case, schema="imjin.trace/1")
        self.assertEqual([(a["party"], a["kind"], a["account"], a["amount"], a["transaction"], a["arrivals"]) for a in said["actions"]],
                         [("Circle", "issuer", THIEF, "1", tx(1), 1), ("Circle", "issuer", HIDE, "5", tx(2), 2), ("theshop", "service", SHOP, "3", tx(3), 1)])
        text = self.imjin("trace", "--from", self.case)[0]
        self.assertIn(f"Circle (issuer): 5 USDC at {HIDE}\n    since 1970-01-01 00:16:50Z in {tx(2)}", text)

    def test_watch(self):
        self.assertIn("the first run", self.imjin("watch", self.case)[0])
        self.assertIn("0 places changed since the last run (nothing was imported since)", self.imjin("watch", self.case)[0])
        self.imjin("import", "--chain", "ethereum", self.write("n.csv", csv([(2000, 20, tx(9), HIDE, NEXT, USDC, 2_000_000)])))
        said = self.json("watch", self.case, schema="imjin.watch/1")
        self.assertEqual((said["first"], said["ledger_changed"]), (False, True))
        self.assertEqual([(c["account"], c["state"], c["amount_before"], c["amount"]) for c in said["changes"]],
                         [(HIDE, "held", "5", "3"), (NEXT, "held", "0", "2")])
        self.assertEqual(self.json("watch", self.case, schema="imjin.watch/1")["changes"], [])
        state = next((self.w / "cases").rglob("watch.tsv"))
        kept = state.read_text()
        for bad in (kept[:-1], kept.replace("\t", " "), kept.replace("imjin-watch 1", "imjin-watch 2"), kept + kept):
            state.write_text(bad)
            self.imjin("watch", self.case, status=BAD_INPUT)
            self.assertEqual(state.read_text(), bad)


if __name__ == "__main__":
    unittest.main()
