"""Leads through a mixer, on a small pool made up with known exits."""
import csv
import io
import random
import re

from program import BAD_INPUT, NOT_FOUND, USAGE, VOID, ProgramTest, address, tx
from program import csv as csv_text

HEADER = "kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei"
START, HOUR = 1_600_000_000, 3600
BATCHES = "batch,depositor,n_deposits_100eth,first_utc,last_utc\n"
# Strangers put one note in and take one out, at all hours, by a relayer whose fees are ragged; the thief takes fives, with round fees.
RAGGED, ROUND = 51234567000000000, 40 * 10**16


def when(seconds):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Pool:
    def __init__(self, pool="100"):
        self.pool, self.rows, self.number = pool, [], 0

    def block(self, time):
        return 100 + (time - START) // 10

    def deposit(self, time):
        self.number += 1
        self.rows.append(f"D\t{self.pool}\t{self.block(time)}\t{time}\t{tx(self.number)}\t{self.number}\t\t")

    def withdraw(self, time, to, fee):
        self.number += 1
        self.rows.append(f"W\t{self.pool}\t{self.block(time)}\t\t{tx(self.number)}\t\t{to}\t{fee}")
        return tx(self.number)

    def text(self, rows=None):
        return "\n".join([HEADER, *(rows or self.rows)]) + "\n"


def story():
    """300 strangers over 60 days; two batches of 20 notes on days 30 and 40, out the same day to four new accounts of five each."""
    random.seed(7)
    pool, truth = Pool(), {}
    for n in range(300):
        time = START + n * 5 * HOUR
        pool.deposit(time)
        pool.withdraw(time + random.randrange(HOUR, 90 * HOUR), address(10_000 + n), RAGGED + n * 10**9)
    for batch, day in ((1, 30), (2, 40)):
        begin = START + day * 24 * HOUR
        for n in range(20):
            pool.deposit(begin + n * 120)
        for group in range(4):
            for n in range(5):
                to = address(500 + batch * 10 + group)
                truth[pool.withdraw(begin + 2 * HOUR + group * HOUR + n * 300, to, ROUND)] = (str(batch), to)
    batches = BATCHES + "".join(f"{b},{address(b)},20,{when(START + d * 24 * HOUR)},{when(START + d * 24 * HOUR + 40 * 60)}\n" for b, d in ((1, 30), (2, 40)))
    return pool, batches, truth


class Mixer(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()

    def link(self, batches, **options):
        path = self.write("batches.csv", batches)
        out = self.directory / "leads.csv"
        self.imjin("mixer", "link", "--batches", path, "--output", out, **options)
        return out.read_text() if out.exists() else ""

    def test_known_exits(self):
        pool, batches, truth = story()
        self.imjin("import", self.write("events.tsv", pool.text()))
        text = self.link(batches)
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(list(rows[0]), ["batch", "recipient", "tx_hash", "score", "lead"])
        said = {r["tx_hash"]: (r["batch"], r["recipient"]) for r in rows if r["lead"] == "1"}
        self.assertEqual(said, truth)
        self.assertTrue(all(0.8 < float(r["score"]) <= 1 for r in rows if r["lead"] == "1"))
        document = self.json("mixer", "link", "--batches", self.directory / "batches.csv", schema="imjin.mixer/1")
        self.assertEqual([b["notes_linked"] for b in document["batches"]], [20, 20])
        self.assertEqual([b["anonymity_after"]["accounts"] for b in document["batches"]], [4, 4])
        self.assertGreater(document["batches"][0]["anonymity_before"]["accounts"], 4)
        words = self.imjin("mixer", "link", "--batches", self.directory / "batches.csv")[0]
        self.assertIn("8 accounts are more likely than not an exit", words)
        # the same rows in any order, in other files and by another column: the same bytes
        random.shuffle(pool.rows)
        self.w = self.directory / "other"
        self.make()
        half = len(pool.rows) // 2
        for name, part in (("b.tsv", pool.rows[half:]), ("a.tsv", pool.rows[:half])):
            self.imjin("import", self.write(name, pool.text(part)))
        head, first, second = batches.splitlines()
        self.assertEqual(self.link("\n".join([head, second, first])), text)
        shape = "pool,batch,n_deposits,first_utc,last_utc\n"
        self.assertEqual(self.link(shape + "".join(f"100 ETH,{b},20,{f},{l}\n" for b, _, _, f, l in (first.split(","), second.split(",")))), text)

    def test_more_notes_than_came_out(self):
        pool, batches, truth = story()
        self.imjin("import", self.write("events.tsv", pool.text()))
        rows = list(csv.DictReader(io.StringIO(self.link(batches.replace(",20,", ",60,")))))
        said = {r["tx_hash"] for r in rows if r["lead"] == "1"}
        self.assertLessEqual(set(truth), said)
        fewer = list(csv.DictReader(io.StringIO(self.link(batches.replace(",20,", ",6,")))))
        for batch in ("1", "2"):  # never more leads than notes
            self.assertLessEqual(sum(r["lead"] == "1" and r["batch"] == batch for r in fewer), 6)

    def test_nothing_to_link(self):
        pool, batches, _ = story()
        self.imjin("import", self.write("events.tsv", pool.text()))
        before = BATCHES + f"x,,5,{when(START - 9 * 24 * HOUR)},{when(START - 8 * 24 * HOUR)}\n"
        self.assertEqual(self.link(before), "batch,recipient,tx_hash,score,lead\n")
        self.assertIn("Nobody put a note", self.imjin("mixer", "link", "--batches", self.directory / "batches.csv")[0])
        self.imjin("mixer", "link", "--batches", self.write("b.csv", batches.replace("100eth", "10eth")), status=NOT_FOUND)
        self.imjin("mixer", "link", status=USAGE)

    def stolen_notes(self, events=True):
        """The victim pays the thief, who sends the notes of the first batch to the pool. Returns the thief and the known exits."""
        pool, batches, truth = story()
        victim, thief, contract = address(0xBAD), address(0xACE), "0xa160cdab225685da1d56aa342ad8841c3b53f291"
        begin, rows = START + 30 * 24 * HOUR, []
        note = 100 * 10**18
        deposits = [r.split("\t") for r in pool.rows if r.startswith("D")]
        mine = [r for r in deposits if begin <= int(r[3]) <= begin + 40 * 60 and (int(r[3]) - begin) % 120 == 0]
        self.assertEqual(len(mine), 21)  # one of them is a stranger's, at the same second as the first
        rows.append((begin - HOUR, pool.block(begin - HOUR), tx(10**6), VOID, victim, "", 20 * note))
        rows.append((begin - 60, pool.block(begin - 60), tx(10**6 + 1), victim, thief, "", 20 * note))
        rows += [(r[3], r[2], r[4], thief, contract, "", note) for r in mine[1:]]
        if events:
            self.imjin("import", self.write("events.tsv", pool.text()))
        self.imjin("import", self.write("m.csv", csv_text(rows)))
        self.imjin("label", "import", self.write("l.csv", f"address,category\n{contract},mixing_service\n"))
        return thief, {t: to for t, (batch, to) in truth.items() if batch == "1"}

    def test_from_what_was_stolen(self):
        """They are followed, and linked as by hand."""
        thief, truth = self.stolen_notes()
        document = self.json("mixer", "link", "--from", thief, schema="imjin.mixer/1")
        self.assertEqual([(b["batch"], b["notes"], b["pool"]) for b in document["batches"]], [(thief + "-1", 20, "100")])
        self.assertEqual(document["pool_deposits"], 340)  # each deposit once, though the transfers show some again
        found = {w["tx"] for l in document["leads"] for w in l["withdrawals"] if w["lead"]}
        self.assertEqual(found, set(truth))
        self.imjin("mixer", "link", "--from", address(10_000), status=NOT_FOUND)
        self.imjin("mixer", "link", "--from", thief, "--batches", self.write("b.csv", story()[1]), status=USAGE)

    def report_of(self, thief):
        self.imjin("report", thief, "--output", self.directory / "report")
        return (self.directory / "report" / "report.html").read_text()

    def test_in_the_report_of_a_trace(self):
        """The exits stand in the report as leads, in every form, and no amount of the trace knows of them."""
        thief, truth = self.stolen_notes()
        page = self.report_of(thief)
        section = re.search('<section id="exits">.*?</section>', page, re.S)[0]
        self.assertIn("Where the notes may have come out", section)
        self.assertIn("leads, not claims", section)
        self.assertIn("consistent with", section)
        self.assertIn("Anonymity set before", section)
        rows = re.findall(r"<tr><td><code>(0x[0-9a-f]{40})</code></td>.*?<td>yes</td><td class=\"n\">([0-9]+)</td>", section)
        self.assertEqual(sorted(rows), sorted((to, "5") for to in set(truth.values())))
        document = self.json("trace", "--from", thief, schema="imjin.trace/1")
        leads = document["mixer_leads"]["leads"]
        self.assertEqual({w["tx"] for l in leads for w in l["withdrawals"] if w["lead"]}, set(truth))
        self.assertFalse(set(truth.values()) & {a["address"] for a in document["accounts"]})
        self.assertIn("leads, not claims", self.imjin("trace", "--from", thief)[0])

    def test_report_without_the_pools_events(self):
        thief, _ = self.stolen_notes(events=False)
        self.assertNotIn("may have come out", self.report_of(thief))
        self.assertNotIn("mixer_leads", self.json("trace", "--from", thief, schema="imjin.trace/1"))
        self.assertNotIn("may have come out", self.imjin("trace", "--from", thief)[0])

    def test_bad_batches(self):
        self.imjin("import", self.write("events.tsv", story()[0].text()))
        good = f"1,,20,{when(START)},{when(START + 60)}\n"
        for text, place in (
            ("", "b.csv: "), (BATCHES, "b.csv: holds no deposit"),
            (BATCHES + good + good.replace("20,", "-3,", 1), 'b.csv:3: "n_deposits"'),
            (BATCHES + good.replace("20,", "9999999,", 1), 'b.csv:2: "n_deposits"'),
            (BATCHES + good.replace("20,", "0,", 1), "holds no deposit"),
            (BATCHES + f"1,,20,{when(START)},yesterday\n", 'b.csv:2: "last_utc"'),
            (BATCHES + f"1,,20,{when(START)},{when(START - 1)}\n", 'b.csv:2: "last_utc"'),
            (BATCHES + f"1,,20,{when(START)},9999-01-01\n", 'b.csv:2: "last_utc"'),
            (BATCHES + good.replace("1,", ",", 1), 'b.csv:2: "batch"'),
            (BATCHES + good.replace("1,", "x" * 64 + ",", 1), 'b.csv:2: "batch"'),
            (BATCHES + "1,2\n", "b.csv:2: "), (BATCHES + '1,"', "b.csv:2: "),
            (BATCHES.replace("100eth", "7eth") + good, "b.csv:1: "), (BATCHES.replace("last_utc", "end") + good, "last_utc"),
            (BATCHES.replace("n_deposits_100eth", "n_deposits") + good, "pool"),
        ):
            with self.subTest(text=text[-60:]):
                err = self.imjin("mixer", "link", "--batches", self.write("b.csv", text), status=BAD_INPUT)[1]
                self.assertIn(place, err)
        self.imjin("mixer", "link", "--batches", "absent.csv", status=NOT_FOUND)


if __name__ == "__main__":
    import unittest
    unittest.main()
