"""What amounts were worth when they moved: shown with the price's time and source, and without a say in any claim."""
import csv as tables
import unittest

from program import ProgramTest, address, csv, tx

USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
THIEF, NEXT, POOL = address(0x71), address(0x72), address(0x73)
DAY = 86400
ROWS = [
    (10 * DAY, 10, tx(1), POOL, THIEF, "", 2 * 10**18),
    (11 * DAY + 5, 11, tx(2), THIEF, NEXT, "", 10**18),
    (40 * DAY, 12, tx(3), THIEF, NEXT, "", 10**17),
]
PRICES = f"asset,time,usd,chain,source\nETH,{10 * DAY},1500.50,ethereum,a daily table\nETH,{11 * DAY},1600,ethereum,a daily table\n"


class Values(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(ROWS)))

    def test_values(self):
        before = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        self.assertNotIn("value", before["edges"][0])
        self.imjin("price", "import", self.write("p.csv", PRICES))
        said = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        worth = {"usd": "3001.00", "as_of": "1970-01-11T00:00:00Z", "source": "a daily table"}
        self.assertEqual(said["thefts"][0]["value"], worth)
        self.assertEqual([e["value"] for e in said["edges"]], [{**worth, "usd": "1600.00", "as_of": "1970-01-12T00:00:00Z"}, None])
        for part in ("thefts", "rests", "edges"):  # no claim depends on a price
            self.assertEqual([{k: v for k, v in row.items() if k != "value"} for row in said[part]], before[part])
        self.assertIn("(3,001.00 USD as of 1970-01-11, a daily table)", self.imjin("trace", "--from", THIEF)[0])
        self.assertIn("(1,600.00 USD as of 1970-01-12, a daily table)", self.imjin("account", NEXT)[0])
        history = self.json("account", NEXT, schema="imjin.account/1")["history"]
        self.assertEqual([row["value"] and row["value"]["usd"] for row in history], ["1600.00", None])
        self.json("sources", NEXT, schema="imjin.sources/1")
        self.imjin("report", THIEF, "--output", self.directory / "r")
        with open(self.directory / "r" / "edges.csv", newline="", encoding="utf-8") as file:
            rows = list(tables.DictReader(file))
        self.assertEqual([(r["value_usd"], r["value_as_of"], r["value_source"]) for r in rows],
                         [("1600.00", "1970-01-12 00:00:00Z", "a daily table"), ("", "", "")])
        self.assertIn("1,600.00 USD as of 1970-01-12", (self.directory / "r" / "report.html").read_text())


if __name__ == "__main__":
    unittest.main()
