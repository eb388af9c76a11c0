"""Tokens made to deceive: shown escaped, never taken for a real asset, and without effect on what is followed."""
import json
import unittest

from program import VOID, ProgramTest, address, csv, tx

USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
LONG, DEEP, TURNED, CONTROL, TWIN, BOMB = (address(0xBAD0 + i) for i in range(6))
SPAM = (LONG, DEEP, TURNED, CONTROL, TWIN)
THIEF, NEXT, VICTIM = address(0x61), address(0x62), address(0x63)
REAL = [
    (1000, 10, tx(1), VICTIM, THIEF, USDC, 9_000_000),
    (1020, 12, tx(3), THIEF, NEXT, USDC, 4_000_000),
]
TOKENS = [(USDC, "USDC", "USD Coin", 6), (LONG, "N" * 10_000, "x" * 10_000, 18), (DEEP, "DEEP", "x", 255), (TURNED, "US\u202eCD", "x", 6),
          (CONTROL, "\x1b[31mUSDC\x07", "x", 6), (TWIN, "USD\u0421", "x", 6), (BOMB, "BOMB", "x", 0)]


class Hostile(ProgramTest):
    def trace(self, rows, name):
        self.w = self.directory / name
        self.make()
        tokens = [row for row in TOKENS if row[3] <= 77]  # the ledger refuses more, and says which row
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(rows)), self.write("t.csv", csv(tokens, "address,symbol,name,decimals")))
        self.imjin("label", "import", self.write("l.csv", f"address,label,category\n{USDC},USDC token contract,defi_token\n"))
        return self.json("trace", "--from", f"{THIEF},9,{USDC}", schema="imjin.trace/1")

    def test_no_claim_changes(self):
        noise = [(1001 + i, 11, tx(100 + i), address(0x7000 + i), THIEF, token, 10**30) for i, token in enumerate(SPAM)]
        noise += [(1005, 11, tx(120), THIEF, THIEF, USDC, 9_000_000)]  # to oneself
        noise += [(1006, 11, tx(121 + i), VOID, THIEF, BOMB, 2**255) for i in range(4)]  # minted beyond any sum
        noise += [(1007, 11, tx(130), THIEF, NEXT, BOMB, 2**255), (1008, 11, tx(131), THIEF, NEXT, USDC, 0)]
        plain, noisy = self.trace(REAL, "plain"), self.trace(REAL + noise, "noisy")
        for part in ("edges", "rests", "thefts"):
            drop = lambda rows: [{k: v for k, v in r.items() if k != "movement"} for r in rows]  # noqa: E731
            self.assertEqual(drop(noisy[part]), drop(plain[part]))
        for text in (self.imjin("account", THIEF)[0], self.imjin("trace", "--from", THIEF)[0], json.dumps(self.json("account", THIEF, schema="imjin.account/1"))):
            for sign in ("\u202e", "\x1b", "\x07", "N" * 64):
                self.assertNotIn(sign, text)
        self.imjin("report", THIEF, "--output", self.directory / "r", "--freeze", self.directory / "f")
        for path in (self.directory / "f").iterdir():
            for token in SPAM:
                self.assertNotIn(token, path.read_text())
        found = {f["pattern"]: f["count"] for f in self.json("patterns", THIEF, schema="imjin.patterns/1")["findings"]}
        self.assertEqual(found["fake-tokens"], 4)  # turned, control, twin, and a bomb beyond any sum


if __name__ == "__main__":
    unittest.main()
