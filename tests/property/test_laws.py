#!/usr/bin/env python3
"""The laws of docs/tracing.md section 7 on random ledgers, seen from outside the program.

A failure prints its seed; SEED=n runs that one alone; RUNS=n sets how many each law tries (default 8).
"""
import json, os, random, sys, unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import imjin, ledgers, tracer
from imjin import Workspace

RUNS = int(os.environ.get("RUNS", "8"))
SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else None
FOLLOWED, ALL = ("fifo", "lifo", "haircut"), ("fifo", "lifo", "haircut", "poison")
PLAIN = ("--no-deposits", "--no-hubs")

def seeds(first, runs=RUNS): return SEEDS or range(first, first + runs)

def moves_of(rows): return tracer.movements([dict(zip(ledgers.HEAD, r)) for r in rows])

def oracle(rows, sources, labels, policy, **more):
    t = tracer.trace(moves_of(rows), sources, labels, policy, **more)
    edges = {k: v for k, v in t.edges.items() if v}
    totals = [(x["source"], x["asset"], x["stolen"], x["held"], x["fees"], x["cut_off"], dict(x["stopped"]), x["suspected"])
              for x in t.totals]
    return totals, edges, {a or "(mint/burn)": (n, t.stopped_at.get(a, "")) for a, n in t.peak.items() if n > 0}

def named(edges, totals):
    """Edges with the theft's name instead of its number, since suspicions stand in no promised order."""
    return {(totals[k[0]][:2] + ("suspected",) if totals[k[0]][7] else k[0],) + k[1:]: v for k, v in edges.items()}

def with_thefts(g):
    """The ledger with those of its sources that received something as asked; a request with others is refused."""
    t = tracer.trace(moves_of(g.rows), g.sources, None)
    kept = [s for s, x in zip(g.sources, t.totals) if x["stolen"]]
    if not kept:
        x = next(k for k, h in t.holdings.items() if h.received)
        kept = [(x[0], None, x[1], None)]
    g.sources = kept
    return g

def quiet(rnd, rows):
    """Places a row's transaction at a time of its own: blocks doubled, one transaction in its block, one movement in it."""
    by_block, by_tx = {}, {}
    for r in rows: by_block.setdefault(r[1], set()).add(r[2]); by_tx.setdefault(r[2], []).append(r)
    fit = [r for r in rows if len(by_block[r[1]]) == 1 and len(by_tx[r[2]]) == 1 and r[3] != r[4] and int(r[6]) > 1 and
           ledgers.VOID not in r[3:5] and r[7] == ""]
    return rnd.choice(fit) if fit else None

class Comparison(unittest.TestCase):
    maxDiff = 2000

    def compare(self, w, g, policy, engine, totals, edges, reached, *more):
        document, got = w.trace(g.sources, policy, engine, *more)
        where, found = (policy, engine) + more, imjin.thefts(document)
        self.assertEqual(named(imjin.edges(document), found), named(edges, totals), where)
        if policy != "poison":
            count = sum(not t[7] for t in totals)
            self.assertEqual(found[:count], totals[:count], where)
            self.assertEqual(sorted(found[count:], key=str), sorted(totals[count:], key=str), where)
            self.assertEqual({a: x for a, x in got.items() if x[0]}, reached, where)
        return document

class Laws(Comparison):

    def each(self, first, law, runs=RUNS):
        for seed in seeds(first, runs):
            with self.subTest(seed=seed):
                try: law(seed, with_thefts(ledgers.Ledger(seed)))
                except AssertionError as e: raise AssertionError("SEED=%d: %s" % (seed, e)) from None

    def test_oracle_follow_and_replay_agree(self):
        def law(seed, g):
            with Workspace(g.rows, labels=g.labels) as w:
                for policy in ALL:
                    expected = oracle(g.rows, g.sources, g.labels, policy)
                    documents = [self.compare(w, g, policy, engine, *expected) for engine in ("follow", "replay")]
                    for d in documents: d.get("request", {}).pop("engine", None); d.pop("engine", None); d.pop("pieces", None)
                    self.assertEqual(*documents, policy)
        self.each(1000, law, 2 * RUNS)

    def test_large_transactions_agree_with_the_oracle(self):
        """10,001 movements: of six assets got for one, four take part."""
        u, p, x, y = ("0x" + d * 40 for d in "abcd")
        one, two = ["100", "1", "0x" + "1" * 64], ["200", "2", "0x" + "2" * 64]
        rows = [one + [ledgers.VOID, u, "", "61", ""], two + [u, p, "", "61", ""]] + [two + [p, u, "0x%040x" % n, str(9 + n), ""] for n in range(1, 7)]
        rows += [two + [x, y, "", "1", ""] for _ in range(9994)]
        for rows in (rows, rows[:-1]):
            with Workspace(rows) as w:
                g = type("Case", (), dict(sources=[(u, 61, "native", None)]))
                for engine in ("follow", "replay"): self.compare(w, g, "fifo", engine, *oracle(rows, g.sources, {}, "fifo"))

    def test_suspicions_agree_with_the_oracle(self):
        def law(seed, g):
            with Workspace(g.rows, labels=g.labels) as w:
                for policy in FOLLOWED:
                    expected = oracle(g.rows, g.sources, g.labels, policy, suspect=True)
                    for engine in ("follow", "replay"): self.compare(w, g, policy, engine, *expected, "--follow-unknown")
        self.each(2000, law)

    def test_claims_are_conserved_and_policies_agree_on_the_total(self):
        def law(seed, g):
            with Workspace(g.rows, labels=g.labels) as w:
                stolen = []
                for policy in FOLLOWED:
                    document, _ = w.trace(g.sources, policy)
                    for t in imjin.thefts(document): self.assertEqual(t[2], t[3] + t[4] + t[5] + sum(t[6].values()), policy)
                    stolen.append([t[:3] for t in imjin.thefts(document)])
                self.assertEqual(stolen[0], stolen[1]); self.assertEqual(stolen[0], stolen[2])
        self.each(3000, law)

    def test_order_of_files_and_threads_change_nothing(self):
        def law(seed, g):
            rnd, parts = random.Random(seed), ([], [], [])
            place = {}
            for r in g.rows: parts[place.setdefault(tuple(r), rnd.randrange(3))].append(r)  # equal rows stay in one file
            with Workspace(g.rows, labels=g.labels) as one:
                want, wanted = one.identity(), [one.trace(g.sources, p) for p in ALL]
                for order in ((0, 1, 2), (2, 0, 1)):
                    shuffled = [rnd.sample(parts[i], len(parts[i])) for i in order if parts[i]]
                    with Workspace(*shuffled, labels=g.labels, threads=2) as two:
                        self.assertEqual(two.identity(), want)
                        self.assertEqual([two.trace(g.sources, p) for p in ALL], wanted)
        self.each(4000, law)

    def test_imports_one_by_one_are_one_import(self):
        def law(seed, g):
            rnd = random.Random(seed); cut = rnd.randrange(1, len(g.rows))
            rows = [r for r in g.rows if g.rows.count(r) == 1]
            with Workspace(rows, labels=g.labels) as one, Workspace(rows[:cut], labels=g.labels) as two:
                ledgers.write_sources(two.file("sources.csv"), g.sources)  # so that something is compiled between
                two.run("trace", "--from-file", two.file("sources.csv"), allowed=(0, 1, 3))
                two.add(rows[cut:]); two.add(rows[:cut])
                for policy in ALL: self.assertEqual(two.trace(g.sources, policy), one.trace(g.sources, policy))
        self.each(5000, law)

    def test_splitting_a_movement_changes_nothing(self):
        def law(seed, g):
            rnd = random.Random(seed); row = rnd.choice([r for r in g.rows if int(r[6]) > 1 and r[7] != "fee"])
            k = rnd.randrange(1, int(row[6])); i = g.rows.index(row)
            halves = [row[:6] + [str(n)] + row[7:] for n in (k, int(row[6]) - k)]
            with Workspace(g.rows, labels=g.labels) as one, Workspace(g.rows[:i] + halves + g.rows[i + 1:], labels=g.labels) as two:
                for policy in FOLLOWED:
                    (a, x), (b, y) = one.trace(g.sources, policy), two.trace(g.sources, policy)
                    self.assertEqual(imjin.edges(a), imjin.edges(b)); self.assertEqual(imjin.thefts(a), imjin.thefts(b)); self.assertEqual(x, y)
        self.each(6000, law)

    def test_a_pass_through_account_changes_no_claim_at_the_ends(self):
        def law(seed, g):
            rows = [[r[0], str(2 * int(r[1]))] + r[2:] for r in g.rows]
            row = quiet(random.Random(seed), rows)
            if not row: return
            i, through, later = rows.index(row), "0x" + "cd" * 20, [row[0], str(int(row[1]) + 1), "0x" + "12" * 32]
            together = rows[:i] + [row[:4] + [through] + row[5:], row[:3] + [through] + row[4:]] + rows[i + 1:]
            apart = rows[:i] + [row[:4] + [through] + row[5:], later + [through] + row[4:]] + rows[i + 1:]
            with Workspace(rows, labels=g.labels) as one, Workspace(together, labels=g.labels) as two, Workspace(apart, labels=g.labels) as three:
                for policy in FOLLOWED:
                    a, x = one.trace(g.sources, policy, "follow", *PLAIN)
                    for other in (two, three):
                        b, y = other.trace(g.sources, policy, "follow", *PLAIN); y.pop(through, None)
                        self.assertEqual(imjin.thefts(a), imjin.thefts(b)); self.assertEqual(x, y)
        self.each(7000, law, 2 * RUNS)

    def test_a_swap_there_and_back_returns_the_claims(self):
        def law(seed, g):
            t = tracer.trace(moves_of(g.rows), g.sources, None, "fifo")
            full = [(k, h) for k, h in t.holdings.items() if h.received > h.spent and h.pieces and k[0] in g.users]
            if not full: return
            (who, asset), h = full[0]
            sources = [(x["source"], x["stolen"], x["asset"], s[3]) for x, s in zip(t.totals, g.sources) if x["stolen"]]
            units, pool, token = h.received - h.spent, "0x" + "cd" * 20, "0x" + "ef" * 20
            at = [str(g.time + 10), str(g.block + 10), "0x" + "12" * 32]; then = [str(g.time + 20), str(g.block + 20), "0x" + "13" * 32]
            text = "" if asset == "native" else asset
            there = [at + [who, pool, text, str(units), ""], at + [pool, who, token, "777", ""]]
            back = [then + [who, pool, token, "777", ""], then + [pool, who, text, str(units // 3 + 1), ""]]
            with Workspace(g.rows) as one, Workspace(g.rows + there + back) as two:
                for policy in FOLLOWED:
                    (a, _), (b, _) = one.trace(sources, policy), two.trace(sources, policy)
                    self.assertEqual(imjin.thefts(a), imjin.thefts(b))
                    swaps = [e for e in imjin.edges(b) if e[1] in (at[2], then[2])]
                    self.assertTrue(all(e[2] == e[3] == who for e in swaps), swaps)
        self.each(8000, law)

    def test_no_theft_taints_nothing(self):
        def law(seed, g):
            with Workspace(g.rows, labels=g.labels) as w:
                ledgers.write_sources(w.file("sources.csv"), [(g.users[0], None, "native", g.time + 999)])
                done = w.run("trace", "--from-file", w.file("sources.csv"), "--json", "--reached", w.file("reached.csv"), allowed=(1,))
                self.assertEqual(done.stdout, "")
                self.assertFalse(os.path.exists(w.file("reached.csv")))
        self.each(9000, law, 2)

    def test_everything_stolen_taints_everything(self):
        def law(seed, _):
            rnd, rows, have = random.Random(seed), [], {}
            users = ["0x%040x" % rnd.getrandbits(160) for _ in range(7)]
            def tx(n, moves): rows.extend([str(n), str(n), "0x%064x" % rnd.getrandbits(256), *m] for m in moves)
            first = 10**20 + rnd.randrange(10**6); have[users[0]] = first; fees = 0; sent = {}
            tx(1, [[ledgers.VOID, users[0], "", str(first), ""]])
            for n in range(2, 60):
                u, v = rnd.choice([x for x in have if have[x] > 9]), rnd.choice(users)
                if u == v: continue
                fee = rnd.randrange(3); units = rnd.choice([1, 2, rnd.randrange(1, have[u] - 3), have[u] - fee])
                tx(n, [[u, v, "", str(units), ""]] + ([[u, "", "", str(fee), "fee"]] if fee else []))
                have[u] -= units + fee; have[v] = have.get(v, 0) + units; fees += fee; sent[n] = units
            last = {r[4]: None for r in rows}
            with Workspace(rows) as w:
                for policy in FOLLOWED:
                    document, reached = w.trace([(users[0], first, "native", None)], policy)
                    total = imjin.thefts(document)[0]
                    self.assertEqual(total[2:6], (first, sum(have.values()), fees, 0))
                    claims = {k[1]: v for k, v in imjin.edges(document).items() if k[6] != "fee"}
                    self.assertEqual(sorted(claims.values()), sorted(sent.values()))
                    self.assertEqual(set(reached), {u for u in last if u})
        self.each(10000, law)

    def test_forward_and_backward_agree(self):
        """Money goes from lower to higher numbers only, so each unit passes a pair of accounts at most once, and counts can be compared."""
        def law(seed, _):
            rnd = random.Random(seed)
            users, rows = ["0x%040x" % (n << 64 | rnd.getrandbits(60)) for n in range(1, 9)], []
            for n in range(1, 70):
                i = rnd.randrange(7); j = rnd.randrange(i + 1, 8); tx = [str(n), str(n), "0x%064x" % rnd.getrandbits(256)]
                giver = ledgers.VOID if rnd.random() < .3 else users[i]
                rows.append(tx + [giver, users[i] if giver == ledgers.VOID else users[j], "", str(rnd.randint(1, 50)), ""])
                if rnd.random() < .2: rows.append(tx + [users[i], "", "", str(rnd.randint(1, 3)), "fee"])
            got = {r[4] for r in rows if r[4]}
            with Workspace(rows) as w:
                for policy in ("fifo", "lifo"):
                    for source in rnd.sample(users[:5], 2):
                        for target in users[5:]:
                            if not {source, target} <= got: continue
                            forward = imjin.edges(w.trace([(source, None, "native", None)], policy)[0])
                            back = imjin.edges(json.loads(w.run("sources", target, "--policy", policy, "--json").stdout))
                            self.assertEqual(sum(n for e, n in forward.items() if e[3] == target), sum(n for e, n in back.items() if e[2] == source),
                                             (policy, source, target))
        self.each(12000, law)

    def test_haircut_and_fifo_reach_no_more_than_poison(self):
        def law(seed, g):
            with Workspace(g.rows, labels=g.labels) as w:
                wide = {(e[0], e[3]) for e in imjin.edges(w.trace(g.sources, "poison")[0])}
                for policy in FOLLOWED:
                    self.assertLessEqual({(e[0], e[3]) for e in imjin.edges(w.trace(g.sources, policy)[0])}, wide, policy)
        self.each(11000, law)

if __name__ == "__main__":
    unittest.main()
