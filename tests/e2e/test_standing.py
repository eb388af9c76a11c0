"""A thief's address in a rain of spam tokens: what people are shown first, what is folded, and that nothing is lost."""
import unittest

from program import ProgramTest, address, csv, tx

THIEF, NEXT, USER = address(0xB0), address(0xB1), address(0xB2)
USDC, OTHER, UNUSED = address(0xC0), address(0xC1), address(0xC2)
SPAM = {  # contract: symbol
    address(0xD0): "$ FreeUSDC.com - Visit to claim",
    address(0xD1): "USDC",  # not the labelled one
    address(0xD2): "\u0395\u03a4\u0397",  # Greek
    address(0xD3): "US\u202eCD",
    address(0xD4): "\uff35\uff33\uff24\uff23",  # full width, cut by the ledger
}
ITEM = f"{address(0xE0)}#77"
ROWS = [
    (1000, 10, tx(1), USER, THIEF, "", 5_000_000_000_000_000_000),
    (1001, 11, tx(2), USER, THIEF, USDC, 9_000_000),
    (1002, 12, tx(3), USER, THIEF, OTHER, 1000),
    (1003, 13, tx(4), USER, THIEF, UNUSED, 1),
    *((1004 + i, 14 + i, tx(10 + i), address(0xF0 + i), THIEF, contract, 1) for i, contract in enumerate(SPAM)),
    (1040, 40, tx(40), THIEF, NEXT, "", 3_000_000_000_000_000_000),
    (1041, 41, tx(41), THIEF, NEXT, OTHER, 900),
]
TOKENS = [(USDC, "USDC", "USD Coin", 6), (OTHER, "OTHER", "Other", 0), (UNUSED, "UNUSED", "Unused", 0),
          *((contract, symbol, "x", 0) for contract, symbol in SPAM.items())]


class Standing(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("movements.csv", csv(ROWS)),
                   self.write("tokens.csv", csv(TOKENS, "address,symbol,name,decimals")))
        self.imjin("label", "import", self.write("labels.csv", f"address,label,category\n{USDC},USDC token contract,defi_token\n"))

    def order(self, text, *words):
        places = [text.find(word) for word in words]
        self.assertNotIn(-1, places, text)
        self.assertEqual(places, sorted(places), text)

    def test_trace(self):
        text = self.imjin("trace", "--from", THIEF)[0]
        self.order(text, "5 ETH stolen", "9 USDC stolen", "1,000 OTHER stolen", "1 UNUSED stolen")
        self.order(text[text.index("At rest"):], "3 ETH", "2 ETH", "9 USDC", "900 OTHER", "100 OTHER", "1 UNUSED")
        self.assertIn("5 of tokens whose names advertise", text)
        for word in ("FreeUSDC", "0xd1", "\\x"):
            self.assertNotIn(word, text)

    def test_nothing_is_lost(self):
        said = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        standing = {a["name"]: a["standing"] for a in said["assets"]}
        self.assertEqual(len(standing), 9)
        self.assertEqual(standing["ETH"], "native")
        self.assertEqual(standing[f"USDC {USDC}"], "known")
        self.assertEqual(standing[f"OTHER {OTHER}"], "plain")
        self.assertEqual(sorted(name.split()[-1] for name, s in standing.items() if s == "doubtful"), sorted(SPAM))
        self.assertEqual(len(said["totals"]), 9)
        path = self.directory / "r"
        self.imjin("report", THIEF, "--output", path)
        self.assertEqual((path / "rests.csv").read_text().count("FreeUSDC"), 2)
        html = (path / "report.html").read_text()
        self.assertIn("5 tokens whose names advertise", html)
        self.assertNotIn("FreeUSDC", html)
        self.assertIn("5 thefts of tokens", (path / "flow.svg").read_text())

    def test_what_is_asked_for_by_name_is_shown(self):
        fake = next(iter(SPAM))
        self.assertIn("FreeUSDC", self.imjin("trace", "--from", f"{THIEF},,{fake}")[0])
        self.assertIn("FreeUSDC", self.imjin("trace", "--from", f"{THIEF},,{fake}", "--from", f"{THIEF},,ETH")[0])

    def test_nothing_but_spam_is_shown(self):
        text = self.imjin("account", address(0xF0))[0]
        self.assertIn("FreeUSDC", text)

    def test_account_and_exposure(self):
        text = self.imjin("account", THIEF)[0]
        self.order(text, " ETH\n", "USDC " + USDC, "OTHER " + OTHER, "UNUSED " + UNUSED, "5 tokens whose names")
        self.assertIn("left out between them: 5 movements", text)
        self.assertNotIn("FreeUSDC", text)
        self.assertEqual(len(self.json("account", THIEF, schema="imjin.account/1")["balances"]), 9)
        text = self.imjin("exposure", THIEF)[0]
        self.order(text, "received, direct, ETH", "received, direct, USDC", "received, direct, OTHER", "5 tokens whose names")
        self.assertNotIn("FreeUSDC", text)

    def test_items_have_their_number(self):
        self.imjin("import", "--chain", "ethereum", self.write("items.csv", csv([(2000, 90, tx(90), USER, THIEF, ITEM, 1)])))
        self.assertRegex(self.imjin("trace", "--from", THIEF)[0], r"1 0x000000\S+ #77 stolen")


if __name__ == "__main__":
    unittest.main()
