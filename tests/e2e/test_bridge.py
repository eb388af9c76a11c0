"""Deposits into bridges and the withdrawals that belong to them: the ladder, flags, hostile records, claims that cross."""
import csv as tables

from program import BAD_INPUT, HEADER, NOT_FOUND, ProgramTest, address, csv, tx

COLUMNS = "side,protocol,chain,time,tx,log,id,sender,recipient,asset,amount,decimals,other_chain,other_asset,input,memo".split(",")
WETH, RONIN_WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "0xc99a6a985ed2cac1ef41640596c5a5f9f4e19ef5"
THIEF, BRIDGE, FAR, FRIEND, STRANGER = (address(0xB0 + i) for i in range(5))
ETH = 10**18


def record(side, chain, number, **cells):
    cells = {"side": side, "chain": chain, "tx": tx(number), "protocol": "ronin", **cells}
    return ",".join('"%s"' % cells.get(c, "") if "," in str(cells.get(c, "")) else str(cells.get(c, "")) for c in COLUMNS)


def deposit(number, **cells):
    return record("deposit", "ethereum", number, **{"asset": WETH, "amount": ETH, "other_chain": 2020, "time": 1000 + number, **cells})


def withdrawal(number, **cells):
    return record("withdrawal", "ronin", number, **{"asset": RONIN_WETH, "amount": ETH, "other_chain": 1, "time": 2000 + number, **cells})


class Bridge(ProgramTest):
    def setUp(self):
        super().setUp()
        self.imjin("init", self.w)

    def add(self, *rows, name="r.csv", **options):
        return self.imjin("bridge", "import", self.write(name, "\n".join([",".join(COLUMNS), *rows]) + "\n"), **options)

    def match(self, *words):
        return self.json("bridge", "match", *words, schema="imjin.bridge/1")

    def chosen(self, *words):
        return [(m["rung"], m["deposit"]["tx"], m["withdrawal"]["tx"]) for m in self.match(*words)["matches"] if m["chosen"]]

    def test_the_ladder(self):
        self.add(deposit(1, id=7, recipient=FAR), deposit(2, recipient=FRIEND), deposit(3, sender=STRANGER), deposit(4, amount=5 * ETH),
                 withdrawal(11, id=7, recipient=FAR), withdrawal(12, recipient=FRIEND), withdrawal(13, recipient=STRANGER),
                 withdrawal(14, recipient=address(99), amount=5 * ETH))
        expected = [(n, tx(n), tx(10 + n)) for n in (1, 2, 3, 4)]
        self.assertEqual(self.chosen(), expected)
        self.assertEqual(self.chosen("--rung", "2"), expected[:2])
        first = self.match()["matches"][0]
        self.assertEqual(first["evidence"], ["same_identifier", "named_recipient", "same_asset", "same_amount", "same_chains", "in_time"])
        self.assertGreater(first["confidence_millionths"], 990000)
        self.assertIn("Rung 4, amount and time: 1 deposits matched", self.imjin("bridge", "match")[0])

    def test_what_was_never_put_in_is_flagged(self):
        """A replay, another target, more than was put in, before it was, and an identifier nobody used."""
        far = 700_000  # behind the first deposit by more than the protocol's window
        self.add(deposit(1, id=1), *(deposit(far + n, id=n, recipient=FAR) for n in (2, 3, 4, 5)),
                 withdrawal(far + 12, id=2, recipient=FAR), withdrawal(far + 13, id=2, recipient=FAR, log=1), withdrawal(far + 14, id=3, recipient=STRANGER),
                 withdrawal(far + 15, id=4, recipient=FAR, amount=2 * ETH), withdrawal(16, id=5, recipient=FAR, time=5), withdrawal(far + 17, id=2000000, recipient=FAR))
        document = self.match()
        self.assertEqual(sorted((f["finding"], f["withdrawal"]["tx"]) for f in document["flagged"]),
                         sorted([("paid_before", tx(far + 13)), ("wrong_target", tx(far + 14)), ("pays_more", tx(far + 15)), ("too_early", tx(16)), ("no_deposit", tx(far + 17))]))
        self.assertEqual(document["matched"]["rung_1"], 1)

    def test_identifiers_are_one_protocols_own(self):
        self.add(deposit(1, id=7, recipient=FAR, protocol="nomad", other_chain="moonbeam"), withdrawal(2, id=7, recipient=FAR, amount=2 * ETH))
        self.assertEqual(self.chosen(), [])

    def test_hostile_records(self):
        """Chains that do not exist, amounts nobody has, crowds of one identifier: nothing matches by force."""
        self.add(deposit(1, id=1, other_chain=999999), withdrawal(2, id=1, recipient=FAR), deposit(3, id=2, amount=2**256 - 1), withdrawal(4, id=2, other_chain="31337"),
                 *(deposit(100 + n, id=9, log=n) for n in range(200)), *(withdrawal(500 + n, id=9, log=n) for n in range(200)))
        document = self.match()
        ends = {(m["deposit"]["tx"], m["withdrawal"]["tx"]) for m in document["matches"] if m["chosen"]}
        self.assertFalse({tx(1), tx(2), tx(4)} & {t for pair in ends for t in pair})
        self.assertEqual(len({d for d, _ in ends}), len({w for _, w in ends}))
        self.assertEqual(document["withdrawals_by_finding"]["no_such_chain"], 1)

    def test_records_are_a_set(self):
        rows = [deposit(1, id=1), withdrawal(2, id=1, recipient=FAR)]
        self.add(*rows)
        before = (self.w / "bridges/records.csv").read_bytes()
        self.assertIn("0 records added; 2 are known", self.add(*reversed(rows), name="again.csv")[0])
        self.assertEqual((self.w / "bridges/records.csv").read_bytes(), before)
        for bad, column in (("deposit,,ethereum,,,,,,,,,,,,,", "tx"), ("theft,,ethereum,,0x1,,,,,,,,,,,", "side"), ("deposit,,ethereum,noon,0x1,,,,,,,,,,,", "time"),
                            ("deposit,,ethereum,,0x1,,,,,,-3,,,,,", "amount"), ("deposit,,ethereum,,0x1,,,0x12,,,,,,,,", "sender"), ("deposit,,12345,,0x1,,,,,,,,,,,", "chain")):
            self.assertIn('"%s"' % column, self.add(bad, name="bad.csv", status=BAD_INPUT)[1])
        self.assertEqual((self.w / "bridges/records.csv").read_bytes(), before)
        self.imjin("bridge", "import", "absent.csv", status=BAD_INPUT)

    def test_nothing_known(self):
        self.imjin("bridge", "match", status=NOT_FOUND)

    def test_calldata(self):
        """anySwapIn of Multichain names the deposit's transaction; cut or stretched calldata says less, never something else."""
        words = [tx(1)[2:], "0" * 24 + WETH[2:], "0" * 24 + FAR[2:], f"{5 * ETH:064x}", f"{1:064x}"]
        whole = "0x0175b1c4" + "".join(words)
        self.add(deposit(1, protocol="multichain", other_chain=56), record("", "bsc", 2, protocol="", input=whole), record("", "bsc", 3, protocol="", input=whole + "ff" * 99),
                 record("withdrawal", "bsc", 4, protocol="multichain", input=whole[:10 + 64]), record("withdrawal", "bsc", 5, input="0x0175"),
                 record("withdrawal", "bsc", 6, protocol="multichain", input=whole[:10 + 2 * 64] + "11" * 32 + whole[10 + 3 * 64:]))
        with open(self.w / "bridges/records.csv") as f:
            kept = {int(r["tx"], 16): r for r in tables.DictReader(f)}
        for n in (2, 3):
            self.assertEqual([kept[n][c] for c in ("side", "protocol", "id", "asset", "recipient", "amount", "other_chain")],
                             ["withdrawal", "multichain", tx(1), WETH, FAR, str(5 * ETH), "ethereum"])
        self.assertEqual((kept[4]["id"], kept[4]["recipient"], kept[5]["id"], kept[6]["recipient"]), (tx(1), "", "", ""))

    def test_memos(self):
        """THORChain: in, out, refund; what is injected into a memo stays there."""
        out = tx(1)[2:].upper()
        self.add(record("", "ethereum", 1, protocol="", asset="native", amount=ETH, sender=THIEF, time=10, memo="=:b:bc1qexample:0/1/0:t:30"),
                 record("", "bitcoin", 2, protocol="", asset="native", amount=5 * 10**6, recipient="bc1qexample", time=900, memo="OUT:" + out),
                 record("", "bitcoin", 3, protocol="", asset="native", amount=4 * 10**6, recipient="bc1qexample", time=950, memo="OUT:" + out),
                 record("", "ethereum", 4, protocol="", asset="native", amount=ETH // 2, recipient=THIEF, time=960, memo="REFUND:" + out),
                 record("deposit", "ethereum", 5, protocol="thorchain", asset="native", amount=ETH, time=11, memo="=:ETH.USDT-0XDAC17F958D2EE523A2206206994597C13D831EC7:<b>OUT</b>:x"),
                 record("deposit", "ethereum", 6, protocol="thorchain", asset="native", amount=ETH, time=11, memo="OUT:" + out))
        with open(self.w / "bridges/records.csv") as f:
            kept = {int(r["tx"], 16): r for r in tables.DictReader(f)}
        self.assertEqual([kept[1][c] for c in ("side", "protocol", "recipient", "other_chain", "other_asset")], ["deposit", "thorchain", "bc1qexample", "bitcoin", "native"])
        self.assertEqual((kept[5]["recipient"], kept[5]["other_asset"]), ("", "0xdac17f958d2ee523a2206206994597c13d831ec7"))
        self.assertEqual((kept[6]["id"], kept[4]["side"]), ("", "refund"))
        self.assertEqual(sorted(self.chosen("--rung", "1")), [(1, tx(1), tx(n)) for n in (2, 3, 4)])

    def test_events(self):
        """Logs as ethereum-etl exports them: Ronin's TokenWithdrew of March 2022, THORChain's TransferOut with a refund's memo, what is no bridge's, and damage."""
        word = "{:064x}".format
        topics = ["0x86174ea401f083b9bb1bdebca3068f27fb023c7091365ed2a8a02b8d75cf0e52", "0x" + word(2000000), "0x" + "0" * 24 + FAR[2:], "0x" + "0" * 24 + WETH[2:]]
        memo = ("REFUND:" + tx(9)[2:]).encode()
        out = "0x" + "0" * 64 + word(5 * ETH) + word(96) + word(len(memo)) + memo.hex().ljust(192, "0")
        transfer = ["0xa9cd03aa3c1b4515114539cd53d22085129d495cb9e9f9af77864526240f1bf7", "0x" + word(1), "0x" + "0" * 24 + FAR[2:]]
        rows = [(3, tx(1), 0, tx(77), 14442835, BRIDGE, "0x" + word(173600 * ETH), ",".join(topics)), (4, tx(2), 0, tx(77), 14442835, BRIDGE, "0x" + word(1)[:62], ",".join(topics)),
                (5, tx(3), 0, tx(77), 14442835, BRIDGE, "0x", "0x" + word(5)), (6, tx(4), 0, tx(77), 14442835, BRIDGE, out, ",".join(transfer))]
        text = "log_index,transaction_hash,transaction_index,block_hash,block_number,address,data,topics\n" + "".join(",".join('"%s"' % c for c in r) + "\n" for r in rows)
        said = self.json("bridge", "import", self.write("logs.csv", text), "--chain", "ethereum", schema="imjin.bridge-import/1")
        self.assertEqual((said["rows_read"], said["records"], said["left_out"]), (4, 2, 2))
        with open(self.w / "bridges/records.csv") as f:
            kept = {int(r["tx"], 16): r for r in tables.DictReader(f)}
        self.assertEqual([kept[1][c] for c in ("side", "protocol", "id", "recipient", "asset", "amount", "other_chain", "log")],
                         ["withdrawal", "ronin", "2000000", FAR, WETH, str(173600 * ETH), "ronin", "3"])
        self.assertEqual([kept[4][c] for c in ("side", "protocol", "id", "recipient", "asset", "amount")], ["refund", "thorchain", tx(9), FAR, "native", str(5 * ETH)])

    def cross(self, *rows, words=()):
        eth = [(1000, 10, tx(1), STRANGER, THIEF, "", 10 * ETH), (1001, 11, tx(2), THIEF, BRIDGE, "", 8 * ETH)]
        ronin = [(2100, 5, tx(102), address(0), FAR, RONIN_WETH, 8 * ETH), (2200, 6, tx(103), FAR, FRIEND, RONIN_WETH, 3 * ETH)]
        self.imjin("import", "--chain", "ethereum", self.write("e.csv", csv(eth, HEADER)))
        self.imjin("import", "--chain", "ronin", self.write("n.csv", csv(ronin, HEADER)))
        self.imjin("label", "add", "--chain", "ethereum", BRIDGE, "Bridge", "--category", "defi_bridge")
        self.add(*rows)
        return self.json("trace", "--chain", "ethereum", "--from", f"{THIEF},5 ETH,ETH,1000", *words, schema="imjin.trace/1")

    def test_claims_cross(self):
        """5 of 10 ETH were stolen; first in, first out: 5 of the 8 that went into the bridge. 5 of the 8 that came out are followed."""
        rows = (deposit(2, id=3, asset="native", amount=8 * ETH, sender=THIEF, recipient=FAR, time=1001), withdrawal(102, id=3, recipient=FAR, amount=8 * ETH, time=2100))
        document = self.cross(*rows)
        self.assertEqual([(c["units_in"], c["units_out"], c["to"], c["recipient"]) for c in document["crossings"]], [(str(5 * ETH), str(5 * ETH), 1, FAR)])
        rests = {r["account"]: int(r["units"]) for r in document["behind_bridges"][0]["rests"]}
        self.assertEqual(rests, {FRIEND: 3 * ETH, FAR: 2 * ETH})
        text = self.imjin("trace", "--chain", "ethereum", "--from", f"{THIEF},5 ETH,ETH,1000")[0]
        self.assertIn("On ronin, behind 1 bridge", text)
        self.imjin("report", "--chain", "ethereum", f"{THIEF},5 ETH,ETH,1000", "--output", self.directory / "report")
        page = (self.directory / "report/report.html").read_text(encoding="utf-8")
        for words in ("Across bridges", "Where it lies behind the bridges", FAR, tx(103)):
            self.assertIn(words, page)
        self.assertNotIn("crossings", self.json("trace", "--chain", "ethereum", "--from", f"{THIEF},5 ETH,ETH,1000", "--cross", "0", schema="imjin.trace/1"))

    def test_leads_do_not_cross_unless_asked(self):
        rows = (deposit(2, asset="native", amount=8 * ETH, sender=THIEF, time=1001), withdrawal(102, recipient=FAR, amount=8 * ETH, time=2100))
        self.assertNotIn("crossings", self.cross(*rows))
        self.assertEqual([m["rung"] for m in self.match()["matches"]], [4])
        asked = self.json("trace", "--chain", "ethereum", "--from", f"{THIEF},5 ETH,ETH,1000", "--cross", "4", schema="imjin.trace/1")
        self.assertEqual(asked["crossings"][0]["rung"], 4)

    def test_a_forged_withdrawal_crosses_nothing(self):
        rows = (deposit(2, id=3, asset="native", amount=8 * ETH, sender=THIEF, recipient=FRIEND, time=1001), withdrawal(102, id=3, recipient=FAR, amount=8 * ETH, time=2100))
        self.assertNotIn("crossings", self.cross(*rows))
