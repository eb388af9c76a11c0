"""Which of the Treasury's four techniques the claims of a trace went through."""
import unittest

from program import VOID, ProgramTest, address, csv, tx

THIEF, POOL, MIXER, BRIDGE, FRIEND = (address(0xA0 + i) for i in range(5))
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
COIN, SHARE = address(0xC0), address(0x5A)
ROWS = [
    (1000, 10, tx(1), VOID, THIEF, USDT, 1000),
    (1010, 11, tx(2), THIEF, POOL, USDT, 500),  # swapped: 500 USDT for 90 of the coin
    (1010, 11, tx(2), POOL, THIEF, COIN, 90),
    (1020, 12, tx(3), THIEF, SHARE, USDT, 200),  # deposited for a fresh share
    (1020, 12, tx(3), VOID, THIEF, SHARE, 70),
    (1030, 13, tx(4), THIEF, MIXER, USDT, 100),
    (1040, 14, tx(5), THIEF, MIXER, USDT, 60),
    (1050, 15, tx(6), THIEF, BRIDGE, USDT, 40),
    (1060, 16, tx(7), THIEF, FRIEND, USDT, 10),  # none of the four
]


class Techniques(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(ROWS)))
        labels = f"address,category\n{MIXER},mixing_service\n{BRIDGE},defi_bridge\n"
        self.imjin("label", "import", self.write("labels.csv", labels))
        self.theft = f"{THIEF},1000,{USDT}"

    def test_each_is_counted(self):
        document = self.json("trace", "--from", self.theft, schema="imjin.trace/1")
        said = [(t["technique"], t["edges"], t["claim"]) for t in document["techniques"]]
        self.assertEqual(said, [("swaps", 1, "500"), ("bridges", 1, "40"), ("mixers", 2, "160"), ("liquidity pools", 1, "200")])
        text = self.imjin("trace", "--from", self.theft)[0]
        self.assertIn("Techniques it went through", text)
        self.assertRegex(text, r"(?m)^  mixers +160 .* 2 edges$")
        self.imjin("report", self.theft, "--output", self.directory / "report")
        page = (self.directory / "report" / "report.html").read_text()
        self.assertRegex(page, r"<tr><td>liquidity pools</td><td><code>[^<]+</code></td><td class=\"n\">1</td><td class=\"n\" title=\"200 ")

    def test_rules_and_policies(self):
        document = self.json("trace", "--from", self.theft, "--no-swaps", schema="imjin.trace/1")
        self.assertEqual([t["technique"] for t in document["techniques"]][:1], ["bridges"])
        text = self.imjin("trace", "--from", self.theft, "--policy", "poison")[0]
        self.assertRegex(text, r"(?m)^  mixers +2 edges$")

    def test_none(self):
        self.assertEqual(self.json("trace", "--from", FRIEND, schema="imjin.trace/1")["techniques"], [])
        self.assertNotIn("Techniques", self.imjin("trace", "--from", FRIEND)[0])


if __name__ == "__main__":
    unittest.main()
