"""Screening as a user does it: batches in order, stopped and continued, decisions, saved batches, hostile queries."""
import json
import unittest

from program import BAD_INPUT, NOT_FOUND, USAGE, ProgramTest

NONE = "-0- "


def row(number, name, kind, remarks=NONE):
    return ",".join([str(number), '"%s"' % name, kind, '"DPRK3"'] + [NONE] * 7 + [remarks]) + "\n"


PERSON = '"individual"'
LIST = (row(101, "KIM, Chol Su", PERSON, '"DOB 16 Apr 1965; Passport 472220033 (Korea, North)."')
        + row(102, "BLUE WAY", '"vessel"')
        + row(105, "LAZARUS GROUP", NONE, '"Digital Currency Address - ETH 0x098B716B8Aaf21512996dC57EB0615e2383E2f96."'))
WALLET = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"


class Screen(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.add(LIST)

    def add(self, text):
        self.imjin("lists", "add", "ofac", self.write("sdn.csv", text), "--quiet")

    def batch(self, text, *words, status=0):
        out = self.directory / "answers.jsonl"
        self.imjin("screen", "--input", self.write("names.csv", text), "--output", out, "--quiet", *words, status=status)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        for line in lines: self.conforms(line)
        return lines

    def test_batch(self):
        lines = self.batch("name,dob,address,ref\nKim Chol Su,1965-04-16,,a\nNobody Atall,,,b\n,,%s,c\n ...,,,d\n\"\u202eKim\u200b Chol Su\",31 February 1970,,e\n" % WALLET)
        self.assertEqual([line["row"] for line in lines], [1, 2, 3, 4, 5])
        self.assertEqual([line["status"] for line in lines], ["match", "no match", "match", "nothing to look for", "match"])
        self.assertEqual(lines[0]["matches"][0]["id"], "ofac:101")
        self.assertEqual(lines[2]["matches"][0]["basis"], "wallet")
        self.assertEqual(lines[2]["matches"][0]["score"], 1)
        self.assertEqual([n["field"] for n in lines[4]["notes"]], ["dob"])

    def test_ownership(self):
        known = [{"id": "p", "schema": "Person", "properties": {"name": ["Pak Chang Ho"]}}, {"id": "r", "schema": "Person", "properties": {"name": ["Ri Yong Nam"]}},
                 {"id": "c", "schema": "Company", "properties": {"name": ["Golden Lantern Trading"]}}]
        known += [{"id": "o" + who, "schema": "Ownership", "properties": {"asset": ["c"], "owner": [who], "percentage": [share]}} for who, share in (("p", "30"), ("r", "25.5"))]
        self.imjin("lists", "add", "own", self.write("own.jsonl", "".join(json.dumps(k) + "\n" for k in known)), "--quiet")
        match = self.batch("name\nGolden Lantern Trading\n")[0]["matches"][0]
        self.assertEqual(match["ownership"], {"rule": "half or more", "basis_points": 5550, "owners": [{"id": "p", "name": "Pak Chang Ho", "basis_points": 3000},
                                                                                                       {"id": "r", "name": "Ri Yong Nam", "basis_points": 2550}]})
        self.assertIn("owned by listed persons, half or more, 55.50 % known: p 30.00 %, r 25.50 %", self.imjin("screen", "Golden Lantern Trading")[0])

    def test_threads_and_exhaustive_give_the_same_bytes(self):
        text = "name\n" + "".join("Kim Chol Su\nBlue Wavy %s\n" % c for c in "abcdefghijklmnop")
        path = self.write("many.csv", text)
        one = self.imjin("screen", "--input", path, "--threads", "1")[0]
        self.assertEqual(one, self.imjin("screen", "--input", path, "--threads", "2")[0])
        self.assertEqual(one, self.imjin("screen", "--input", path, "--exhaustive")[0])

    def test_a_part_is_continued(self):
        text = "name\n" + "".join("Kim Chol Su\nNobody %d\n" % i for i in range(40))
        whole = self.batch(text)
        path = self.write("names.csv", text)
        part = self.directory / "again.jsonl"
        self.imjin("screen", "--input", path, "--output", part, "--quiet")
        bytes_whole = part.read_bytes()
        part.unlink()
        for cut in (0, 100, len(bytes_whole) // 2, len(bytes_whole) - 1):
            part.with_name("again.jsonl.part").write_bytes(bytes_whole[:cut])
            self.imjin("screen", "--input", path, "--output", part, "--quiet")
            self.assertEqual(part.read_bytes(), bytes_whole)
        self.assertEqual(len(whole), 80)

    def test_hostile(self):
        lines = self.batch("name\n%s\n%s\nKim Chol Su\n" % ("x" * (1 << 19), " ".join(["kim"] * 10000)), status=BAD_INPUT)
        self.assertEqual([line["status"] for line in lines], ["unreadable", "unreadable", "match"])
        self.imjin("screen", "--address", WALLET[:-1], status=NOT_FOUND)
        self.imjin("screen", status=USAGE)
        self.imjin("screen", "--input", self.write("x.csv", "nam,dob\nA,1\n"), status=BAD_INPUT)

    def test_decisions_and_rescreen(self):
        self.batch("name,ref\nKim Chol Su,c1\nRi Yong Ho,c2\n", "--save", "customers")
        self.imjin("decide", "dismiss", "ofac:101", "Kim Chol Su", "--reason", "another", "--author", "A", "--date", "2026-01-02")
        found = self.batch("name\nKim Chol Su\n")[0]["matches"][0]
        self.assertEqual((found["decision"]["verdict"], found["decision"]["standing"]), ("dismissed", "stands"))
        self.imjin("rescreen", "customers", status=NOT_FOUND)
        self.add(LIST.replace("472220033", "472220034") + row(110, "RI, Yong Ho", PERSON))
        self.assertEqual(self.batch("name\nKim Chol Su\n")[0]["matches"][0]["decision"]["standing"], "reopened")
        events = json.loads(self.imjin("rescreen", "customers", "--json")[0])["batches"][0]
        self.assertEqual([(e["event"], e["ref"], e["id"]) for e in events["events"]], [("opened", "c2", "ofac:110")])
        self.conforms(json.loads(self.imjin("decide", "list", "--json")[0]))
        self.assertEqual((events["records_added"], events["records_modified"], events["records_deleted"]), (1, 1, 0))
        self.imjin("rescreen", "customers", status=NOT_FOUND)

    def test_explain_and_mutate(self):
        said = json.loads(self.imjin("explain", "ofac:101", "Kim Chol Su", "--dob", "1965-04-16", "--json")[0])
        self.conforms(said)
        self.assertTrue(said["match"])
        self.assertIn("same birth date", [e["rule"] for e in said["record"]["evidence"]])
        self.assertIn("a match at the threshold", self.imjin("explain", "ofac:101", "Kim Chol Su")[0])
        exam = self.imjin("mutate", "--seed", "5")[0]
        self.assertEqual(exam, self.imjin("mutate", "--seed", "5")[0])
        self.assertIn("token_swap/ofac:101,", exam)
        ways = json.loads(self.imjin("mutate", "--score", "--json")[0])["mutations"]
        self.conforms({"schema": "imjin.mutations/1", "mutations": ways})
        self.assertEqual([w["found"] for w in ways if w["name"] == "wrong_currency"], [1])

    def test_labels(self):
        self.imjin("label", "listed", "--quiet")
        self.assertIn("LAZARUS GROUP", self.imjin("label", "show", WALLET, "--json")[0])


if __name__ == "__main__":
    unittest.main()
