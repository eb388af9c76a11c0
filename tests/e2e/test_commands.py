"""Every command on a small ledger whose answers are known by hand."""
import csv as csv_reader
import gzip
import io
import json
import unittest
import xml.dom.minidom

from program import (BAD_INPUT, EXCHANGE, FRIEND, HELPER, NOT_FOUND, STORY, THIEF, USAGE, USER, VOID, ProgramTest, address, csv, tx)


class Commands(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make_story()

    def reached(self, *words, **options):
        path = self.directory / "reached.csv"
        self.imjin("trace", *words, "--reached", path, **options)
        rows = list(csv_reader.DictReader(io.StringIO(path.read_text())))
        self.assertEqual(list(rows[0]), ["address", "claim", "stop"])
        return {r["address"]: (int(r["claim"]), r["stop"]) for r in rows}

    def test_info(self):
        said = self.json("info", schema="imjin.info/1")
        chain = said["chains"][0]
        self.assertEqual((chain["chain"], len(said["chains"])), ("test", 1))
        self.assertRegex(chain["identity"], "^[0-9a-f]{64}$")
        self.assertIn("test", self.imjin("info")[0])

    def test_verify(self):
        self.json("verify", schema="imjin.verify/1")
        self.assertEqual(self.imjin("verify", "--threads", 2)[0].count("sound"), 3)  # ledger, compiled, labels
        path = next(p for p in (self.w / "labels").iterdir() if p.stat().st_size)
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.assertIn("DAMAGED labels", self.imjin("verify", status=NOT_FOUND)[0])

    def test_damaged_compiled_ledger(self):
        def one(ending, place="test"):
            return next(p for p in sorted((self.w / "compiled" / place).iterdir()) if p.name.endswith(ending) and p.stat().st_size)

        def flip(path):
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

        said = self.imjin("account", HELPER)[0]
        for harm in (lambda p: p.unlink(), lambda p: p.write_bytes(p.read_bytes()[:-1]), lambda p: p.write_bytes(p.read_bytes() + b"x")):
            harm(one(".holdings"))
            self.assertIn("DAMAGED compiled test", self.imjin("verify", status=NOT_FOUND)[0])
            self.imjin("info")
            out, notes = self.imjin("account", HELPER)
            self.assertEqual(out, said)
            self.assertEqual(notes.count("imjin: compiled again: the compiled ledger is damaged"), 1)
            self.assertEqual(self.imjin("account", HELPER), (said, ""))
        flip(one("manifest"))
        self.assertIn("compiled again", self.imjin("account", HELPER)[1])
        flip(one(".holdings"))  # found only by who reads all of it
        self.assertIn("imjin compile", self.imjin("verify", status=NOT_FOUND)[0])
        self.assertTrue(self.json("compile", schema="imjin.compile/1")["mended"])
        self.assertFalse(self.json("compile", schema="imjin.compile/1")["mended"])
        self.imjin("verify")
        self.imjin("trace", "--from", THIEF, "--no-swaps")  # has a copy of its own
        copy = next(p.name for p in (self.w / "compiled").iterdir() if "rules" in p.name)
        flip(one(".holdings", copy))
        self.assertIn(f"DAMAGED compiled {copy}", self.imjin("verify", status=NOT_FOUND)[0])
        self.imjin("compile", "--no-swaps")
        self.assertIn(f"compiled {copy}", self.imjin("verify")[0])

    def test_account(self):
        self.assertIn("350", self.imjin("account", HELPER)[0])
        self.json("account", HELPER, schema="imjin.account/1")
        self.imjin("account", address(0xDEAD), status=NOT_FOUND)
        self.assertIn("is not an Ethereum address", self.imjin("account", "0x1234", status=BAD_INPUT)[1])

    def test_tx(self):
        self.assertIn(HELPER, self.imjin("tx", tx(2))[0])
        self.json("tx", tx(2), schema="imjin.tx/1")
        self.imjin("tx", tx(99), status=NOT_FOUND)
        self.assertIn("What it is", self.imjin("tx", tx(2))[0])
        self.assertEqual(self.json("tx", tx(2), schema="imjin.tx/1")["kinds"][0]["evidence"], ["shape"])
        self.imjin("tx", tx(2), "--evidence", self.w / "no such file", status=NOT_FOUND)

    def test_labels(self):
        self.assertIn(EXCHANGE, self.imjin("label", "list")[0])
        self.json("label", "list", schema="imjin.labels/1")
        self.assertIn("exchange", self.imjin("label", "show", EXCHANGE)[0])
        self.imjin("label", "show", USER, status=NOT_FOUND)
        self.imjin("label", "add", USER, "A person", "--category", "exchange", "--actor", "someone", "--confidence", 80)
        self.assertIn("A person", self.imjin("label", "show", USER)[0])
        self.imjin("label", "add", EXCHANGE, "Something else", "--category", "mixing_service", "--confidence", 50)
        self.imjin("label", "list", "--conflicts")
        before = self.contents()
        self.imjin("label", "add", USER, "x", "--category", "no such category", status=USAGE)
        self.imjin("label", "add", "0x12", "x", status=BAD_INPUT)
        self.assertEqual(before, self.contents())

    def test_trace_by_hand(self):
        for engine in ("follow", "replay"):
            for policy in ("fifo", "lifo", "haircut"):
                got = self.reached("--from", f"{THIEF},1000", "--policy", policy, "--engine", engine)
                self.assertEqual({a: c for a, (c, _) in got.items() if a != THIEF}, {HELPER: 600, EXCHANGE: 400, FRIEND: 250})
                self.assertEqual(got[EXCHANGE][1], "service")
                self.assertEqual(got[HELPER][1], "")

    def test_trace_json_obeys_conservation(self):
        said = self.json("trace", "--from", THIEF, schema="imjin.trace/1")
        theft = said["thefts"][0]
        amount = {key: int(theft[key]["units"] if isinstance(theft[key], dict) else theft[key])
                  for key in ("stolen", "held", "stopped", "fees", "cut_off")}
        self.assertEqual(amount, {"stolen": 1000, "held": 600, "stopped": 400, "fees": 0, "cut_off": 0})

    def test_trace_switches(self):
        self.assertEqual(self.reached("--from", THIEF, "--no-labels")[EXCHANGE], (400, ""))
        # what is cut off is named, not dropped
        self.assertEqual(self.reached("--from", THIEF, "--hops", 1)[FRIEND], (250, "horizon"))
        self.assertEqual(self.reached("--from", THIEF, "--until", 1025)[FRIEND], (250, "horizon"))
        self.assertEqual(self.reached("--from", THIEF, "--min-claim", 300)[FRIEND], (250, "dust"))

    def test_trace_specs(self):
        for spec in (THIEF, f"{THIEF},1000,USD", f"{THIEF},1000,USD,1000", f"{THIEF},,USD", tx(1)):
            with self.subTest(spec=spec):
                self.assertEqual(self.reached("--from", spec)[HELPER][0], 600)
        self.assertEqual(self.reached("--from", f"{THIEF},500")[HELPER][0], 500)
        self.imjin("trace", "--from", f"{THIEF},5,GOLD", status=NOT_FOUND)
        self.imjin("trace", "--from", address(0xDEAD), status=NOT_FOUND)
        self.imjin("trace", "--from", tx(99), status=NOT_FOUND)
        for spec in (f"{THIEF},-5", f"{THIEF},0x10", f"{THIEF},1e3", f"{THIEF},1,USD,noon", f"{THIEF},1,USD,1,2", f"{THIEF},{2**130}",
                     f"{THIEF},1.5,USD", "0x123", ""):
            with self.subTest(spec=spec):
                process_status = self.start("-w", self.w, "trace", "--from", spec, stdout=-3, stderr=-3).wait()
                self.assertIn(process_status, (USAGE, BAD_INPUT))

    def test_sources_file(self):
        sources = self.write("sources.csv", f"address,amount,asset,time\n{THIEF},1000,USD,\n{address(0xDEAD)},5,,\n")
        out, err = self.imjin("trace", "--from-file", sources, "--reached", self.directory / "r.csv")
        self.assertIn("1 of the sources", err)
        self.assertIn(f"{HELPER},600,", (self.directory / "r.csv").read_text())
        for text, place in ((f"amount\n5\n", "sources.csv"), (f"address,amount\n{THIEF},-1\n", "sources.csv:2"),
                            ("address\n0x123\n", "sources.csv:2"), ("address,amount,colour\n", "sources.csv:1"),
                            (f"address\n{THIEF},1,2,3,4\n", "sources.csv:2"), (f"address,amount\n{THIEF},1,000\n", "sources.csv:2")):
            with self.subTest(text=text):
                self.assertIn(place, self.imjin("trace", "--from-file", self.write("sources.csv", text), status=BAD_INPUT)[1])
        self.imjin("trace", "--from-file", self.directory / "none.csv", status=BAD_INPUT)
        self.imjin("trace", "--from-file", self.write("s.csv", f"address\n{address(0xDEAD)}\n"), status=NOT_FOUND)

    def test_sources_listed_again_or_missing(self):
        sources = self.write("s.csv", f"address,amount\n{THIEF},600\n{THIEF},600\n{address(0xDEAD)},5\n{THIEF},1\n{USER},80\n")
        out, err = self.imjin("trace", "--from-file", sources, "--json")
        document = json.loads(out)
        self.assertEqual([(t["source"], t["stolen"]) for t in document["thefts"]], [(THIEF, "600"), (THIEF, "400"), (USER, "77")])
        notes = [(n["source"], n["kind"], n["said"], n["units"]) for n in document["notes"]]
        self.assertEqual(notes, [(1, "listed-again", "", "600"), (1, "received-less", "", "200"), (2, "not-found", address(0xDEAD), "0"),
                                 (3, "nothing-left", "", "1000"), (4, "received-less", "", "3")])
        for words in ("source 2, ", "source 3, ", "not found", "listed again", "nothing left", "received less"):
            self.assertIn(words, err)
        self.assertIn("nothing left", self.imjin("trace", "--from-file", sources)[0])
        self.assertIn("not found", self.imjin("trace", "--from", address(0xDEAD), "--from", THIEF)[1])
        self.imjin("trace", "--from", address(0xDEAD), "--from", address(0xBEEF), status=NOT_FOUND)
        # what one theft brought into another's stolen money counts in both, and is said
        document = json.loads(self.imjin("trace", "--from", THIEF, "--from", HELPER, "--json")[0])
        self.assertEqual(document["overlapping"], [{"theft": 0, "inside": 1, "claims": 1, "units": "600"}])

    def test_trace_files(self):
        d = self.directory
        self.imjin("trace", "--from", THIEF, "--csv", d / "e.csv", "--graphml", d / "g.graphml", "--svg", d / "f.svg", "--html", d / "r.html")
        self.assertEqual(len((d / "e.csv").read_text().splitlines()), 1 + 3)
        for name in ("g.graphml", "f.svg"):
            xml.dom.minidom.parse(str(d / name))
        html = (d / "r.html").read_text()
        self.assertIn(EXCHANGE, html)
        for word in ("http://", "https://", "<script src", "<link"):
            self.assertNotIn(word, html.replace("http://www.w3.org/", ""))
        self.assertEqual([p.name for p in d.glob("*.tmp")], [])

    def test_sources_and_exposure(self):
        self.json("sources", FRIEND, schema="imjin.sources/1")
        self.assertIn(THIEF, self.imjin("sources", FRIEND)[0] + THIEF)
        said = self.json("exposure", HELPER, THIEF, schema="imjin.exposure/1")
        self.assertIn("exchange", json.dumps(said))
        self.imjin("exposure", HELPER)
        self.imjin("exposure", HELPER, address(0xDEAD), status=NOT_FOUND)

    def test_report_of_a_spec(self):
        out = self.imjin("report", f"{THIEF},1000", "--output", self.directory / "r")[0]
        self.assertEqual(sorted(p.name for p in (self.directory / "r").iterdir()),
                         ["edges.csv", "flow.svg", "graph.graphml", "reached.csv", "report.html", "rests.csv", "trace.json"])
        self.assertIn("report.html", out)
        self.assertEqual(json.loads((self.directory / "r" / "trace.json").read_text())["schema"], "imjin.trace/1")

    def test_report_of_a_case(self):
        (self.directory / "theft").mkdir()
        self.write("theft/case.conf", f"title = The theft\nchain = test\nfrom = {THIEF},1000\nfact = Victim: somebody\nnote = A note.\n")
        out = self.imjin("report", self.directory / "theft")[0]
        html = (self.w / "cases" / "theft" / "report.html").read_text()
        self.assertIn("The theft", html)
        self.assertIn("somebody", html)
        self.assertIn("cases/theft/report.html", out)
        self.assertEqual(self.reached("--from", self.directory / "theft")[HELPER][0], 600)
        self.write("theft/case.conf", "colour = red\n")
        self.assertIn("case.conf:1", self.imjin("report", self.directory / "theft", status=BAD_INPUT)[1])

    def test_threads_change_no_byte(self):
        for words in (["info"], ["account", HELPER], ["tx", tx(2)], ["trace", "--from", THIEF], ["sources", FRIEND], ["exposure", THIEF]):
            one, two = (self.imjin(*words, "--json", "--threads", n)[0] for n in (1, 2))
            self.assertEqual(one, two, words)

    def test_nothing_imported_yet(self):
        self.w = self.directory / "empty"
        self.make()
        for words in (["account", THIEF], ["tx", tx(1)], ["trace", "--from", THIEF], ["sources", THIEF], ["exposure", THIEF]):
            self.assertIn("imjin import", self.imjin(*words, status=NOT_FOUND)[1])
        self.imjin("info")
        self.imjin("verify")
        self.imjin("label", "list")

    def test_chains_stay_apart(self):
        self.imjin("import", "--chain", "other", self.write("other.csv", csv([(1, 1, tx(7), VOID, USER, "USD", 5)])))
        self.imjin("account", THIEF, "--chain", "other", status=NOT_FOUND)
        self.imjin("account", THIEF, "--chain", "test")
        self.assertEqual(len(self.json("info", schema="imjin.info/1")["chains"]), 2)
        self.assertEqual(len(self.json("info", "--chain", "other", schema="imjin.info/1")["chains"]), 1)
        self.assertNotIn("other", self.imjin("verify", "--chain", "test")[0])
        for command in ("info", "verify"):
            self.imjin(command, "--chain", "third", status=NOT_FOUND)

    def test_colour_only_when_asked_or_on_a_terminal(self):
        words = ("trace", "--from", THIEF)
        self.assertNotIn("\x1b", self.imjin(*words)[0])
        self.assertNotIn("\x1b", self.imjin(*words, "--color", "--json")[0])
        self.assertIn("\x1b", self.imjin(*words, "--color")[0])
        self.assertNotIn("\x1b", self.imjin(*words, "--color", "--no-color")[0])

    def test_traces_do_not_change_the_ledger(self):
        before = self.contents()
        self.imjin("trace", "--from", THIEF)
        self.imjin("account", HELPER)
        self.assertEqual(before, self.contents())

    def test_rules_switched_off_leave_the_compiled_ledger_alone(self):
        before = self.contents()
        self.imjin("trace", "--from", THIEF, "--no-swaps")
        after = self.contents()
        self.assertEqual(before, {k: v for k, v in after.items() if k in before})


class OutsideChecks(ProgramTest):
    """Exactly the command lines that checks outside the project run."""

    def test_command_lines(self):
        self.w.mkdir()
        self.write("movements.csv", csv(STORY))
        self.write("labels.csv", f"address,category\n{EXCHANGE},exchange\n")
        self.write("sources.csv", f"address,amount\n{THIEF},1000\n")
        self.run_plain("init", self.w)
        self.imjin("import", "--chain", "planted", "movements.csv")
        self.imjin("label", "import", "labels.csv")
        self.imjin("trace", "--from-file", "sources.csv", "--policy", "fifo", "--reached", "reached.csv")
        lines = (self.directory / "reached.csv").read_text().splitlines()
        self.assertEqual(lines[0], "address,claim,stop")
        self.assertIn(f"{HELPER},600,", lines)
        self.assertIn(f"{EXCHANGE},400,service", lines)
        self.json("trace", "--from-file", "sources.csv", "--policy", "fifo", schema="imjin.trace/1")


class Messages(ProgramTest):
    """What a reader is told who asked for something that is not there."""

    def setUp(self):
        super().setUp()
        self.make_story()

    def said(self, *words, status):
        return self.imjin(*words, status=status)[1]

    def test_no_such_case(self):
        for word in ("/nonexistent", "no/such/place", "theft.conf", ".", self.directory):
            for command in (("report",), ("trace", "--from")):
                self.assertIn("is no case (a directory that holds case.conf", self.said(*command, word, status=BAD_INPUT), word)
        self.assertIn("2 hex digits, not 40", self.said("report", "0x12", status=BAD_INPUT))
        (self.directory / "empty").mkdir()
        self.write("empty/case.conf", "title = Nothing\n")
        self.assertIn("does not say what was stolen", self.said("report", self.directory / "empty", status=BAD_INPUT))

    def test_nothing_and_the_zero_address(self):
        for command in (("account",), ("exposure",), ("sources",), ("trace", "--from"), ("report",)):
            self.assertIn("the address is missing", self.said(*command, "", status=USAGE), command)
            self.assertIn("where money is minted and burnt", self.said(*command, VOID, status=USAGE), command)
        self.assertIn("the transaction is missing", self.said("tx", " ", status=USAGE))
        before = self.contents()
        self.said("label", "add", VOID, "x", status=USAGE)
        self.said("label", "add", USER, " ", status=USAGE)
        self.said("label", "show", "", status=USAGE)
        self.assertEqual(before, self.contents())

    def test_amounts_of_a_coin_without_decimals(self):
        self.assertIn("write the amount in base units", self.said("trace", "--from", f"{THIEF},1.5", status=USAGE))

    def test_packed_list_of_sources(self):
        plain = self.reached(self.write("s.csv", f"address,amount\n{THIEF},1000\n"))
        self.assertEqual(plain, self.reached(self.write("s.csv.gz", gzip.compress(b"address,amount\n%s,1000\n" % THIEF.encode()))))
        cut = gzip.compress(b"address,amount\n%s,1000\n" % THIEF.encode() * 50)[:-9]
        self.said("trace", "--from-file", self.write("cut.gz", cut), status=BAD_INPUT)
        self.said("trace", "--from-file", self.directory, status=USAGE)

    def reached(self, path):
        return self.imjin("trace", "--from-file", path)[0]


class Crowd(ProgramTest):
    """A thief who paid more accounts than anybody reads or draws."""

    COUNT = 70000

    def test_report(self):
        self.make()
        amounts = {i: i * 10**15 for i in range(1, self.COUNT + 1)}
        rows = [(1000, 1, tx(1), address(0xB), THIEF, "", sum(amounts.values()) + 1)]
        rows += [(1000 + i, 1 + i, tx(1 + i), THIEF, address(0x10000 + i), "", units) for i, units in amounts.items()]
        self.imjin("import", "--chain", "ethereum", self.write("m.csv", csv(rows)))
        where = self.directory / "r"
        where.mkdir()
        (where / "trace.json").write_text("of an older report")
        out, said = self.imjin("report", THIEF, "--output", where)
        self.assertIn("trace.json is left out: the trace has 70000 edges", said)
        self.assertNotIn("trace.json", out)
        self.assertFalse((where / "trace.json").exists())
        for name, lines in (("edges.csv", self.COUNT), ("rests.csv", self.COUNT + 1), ("reached.csv", self.COUNT + 1)):
            self.assertEqual((where / name).read_bytes().count(b"\n"), lines + 1, name)
        graph = (where / "graph.graphml").read_text()
        self.assertEqual((graph.count("<edge "), graph.count("<node ")), (20000, 20001))
        self.assertIn("<desc>The 20000 edges with the largest claims, of 70000,", graph)
        self.assertIn(f'target="{address(0x10000 + self.COUNT)}"', graph)  # the largest
        self.assertNotIn(f'target="{address(0x10001)}"', graph)
        xml.dom.minidom.parseString(graph[:2000].split("<node")[0] + "</graph></graphml>")
        self.assertLess((where / "report.html").stat().st_size, 2 << 20)


if __name__ == "__main__":
    unittest.main()
