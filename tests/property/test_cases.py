#!/usr/bin/env python3
"""Small ledgers that once told the program and the oracle apart; each folder of cases/ says why it is there (why.txt)."""
import csv, os, sys, unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import imjin, ledgers, test_laws, tracer

PLACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")

class Case:
    def __init__(self, name):
        def read(file):
            with open(os.path.join(PLACE, name, file), newline="") as f: return list(csv.reader(f))[1:]
        self.rows, self.labels = read("movements.csv"), dict(read("labels.csv"))
        self.sources = tracer.read_sources(os.path.join(PLACE, name, "sources.csv"))

class Cases(test_laws.Comparison):
    def test_cases(self):
        for name in sorted(os.listdir(PLACE)):
            g = Case(name)
            with imjin.Workspace(g.rows, labels=g.labels) as w:
                for policy, suspect in [(p, s) for p in test_laws.ALL for s in (False, True)]:
                    expected, more = test_laws.oracle(g.rows, g.sources, g.labels, policy, suspect=suspect), ["--follow-unknown"] * suspect
                    for engine in ("follow", "replay"):
                        with self.subTest(case=name, policy=policy, engine=engine, suspect=suspect):
                            self.compare(w, g, policy, engine, *expected, *more)

if __name__ == "__main__":
    unittest.main()
