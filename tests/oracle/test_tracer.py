#!/usr/bin/env python3
"""The oracle against values worked out by hand (in the comments) from docs/tracing.md."""
import os, sys, unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tracer

T, S = "0x" + "aa" * 20, "0x" + "bb" * 20  # two token contracts; S also issues its share

def ledger(*txs):
    """Each tx: list of 'from to asset amount [kind]'; one block and one minute apart. '-' is VOID."""
    rows = []
    for n, moves in enumerate(txs, 1):
        for text in moves if isinstance(moves, (list, tuple)) else [moves]:
            giver, getter, asset, units, *kind = text.split()
            clean = lambda a: "" if a == "-" else a
            rows.append({"time": str(60 * n), "block": str(n), "tx": "t%d" % n, "from": clean(giver), "to": clean(getter),
                         "asset": {"T": T, "S": S}.get(asset, asset), "amount": units, "kind": kind[0] if kind else ""})
    return tracer.movements(rows)

def run(moves, *sources, policy="fifo", labels=None, **more):
    t = tracer.trace(moves, [s + (None,) * (4 - len(s)) for s in sources], labels, policy, **more)
    edges = {}
    for (k, tx, giver, getter, out, into, rule), claim in t.edges.items():
        edges[tx, giver, getter, rule] = edges.get((tx, giver, getter, rule), 0) + claim
    return t, edges

class Claims(unittest.TestCase):
    # 100 stolen, then 100 clean arrive at v; v pays 120 to w.
    MIX = ("- u native 100", "- c native 100", "u v native 100", "c v native 100", "v w native 120")

    def last(self, policy):
        t, edges = run(ledger(*self.MIX), ("u",), policy=policy)
        return edges.get(("t5", "v", "w", "transfer"), 0), t.totals[0]["held"]

    def test_fifo_takes_the_oldest(self): self.assertEqual(self.last("fifo"), (100, 100))
    def test_lifo_takes_the_newest(self): self.assertEqual(self.last("lifo"), (20, 100))
    def test_haircut_takes_the_share(self): self.assertEqual(self.last("haircut"), (60, 100))  # 100 * 120 / 200
    def test_poison_takes_all(self): self.assertEqual(self.last("poison")[0], 120)

    def test_a_haircut_remainder_stays(self):
        # v holds 7 with a claim of 3 and pays 2: floor(3*2/7) = 0; then 2 of 5: floor(3*2/5) = 1.
        t, edges = run(ledger("- u native 3", "- c native 4", "u v native 3", "c v native 4", "v w native 2", "v w native 2"),
                       ("u",), policy="haircut")
        self.assertEqual(edges.get(("t5", "v", "w", "transfer"), 0), 0)
        self.assertEqual(edges["t6", "v", "w", "transfer"], 1)

    def test_missing_history_is_spent_after_what_is_known(self):
        # v is seen to get 10 stolen and pays 4, then 16: the last 10 come from nowhere known.
        t, edges = run(ledger("- u native 10", "u v native 10", "v w native 4", "v x native 16"), ("u",))
        self.assertEqual(edges["t4", "v", "x", "transfer"], 6)
        self.assertEqual(t.holdings["v", "native"].unknown, 10)

    def test_cuts_are_measured_on_the_piece_as_it_arrived(self):
        # u's 7 stolen units become 10 T, one piece of claim 7. Paying 1, 1, 8: cumulated floors 0, 1, 7, so 0, 1, 6.
        t, edges = run(ledger("- u native 7", ["u p native 7", "p u T 10"], "u a T 1", "u b T 1", "u c T 8"), ("u", None, "native"))
        self.assertEqual([edges.get(("t%d" % (3 + i), "u", x, "transfer"), 0) for i, x in enumerate("abc")], [0, 1, 6])

    def test_a_source_is_cut_at_its_amount_and_time(self):
        # u gets 5, 6, 7; from the time of the second: 4 units. FIFO spends 5 (clean), then 3 of them.
        moves = ledger("- u native 5", "- u native 6", "- u native 7", "u v native 8")
        t, edges = run(moves, ("u", 4, None, 120))
        self.assertEqual((t.totals[0]["stolen"], edges["t4", "u", "v", "transfer"], t.peak["u"]), (4, 3, 4))

    def test_no_unit_is_stolen_twice(self):
        # u gets 5, 6, 7. The first source takes 4; the second, from the time of the 6 on, 8 of 6 and 7; the third the rest: 1 and 5.
        t, _ = run(ledger("- u native 5", "- u native 6", "- u native 7"), ("u", 4), ("u", 8, None, 120), ("u",), ("u", 3))
        self.assertEqual([x["stolen"] for x in t.totals], [4, 8, 6, 0])
        self.assertEqual(t.holdings["u", "native"].pieces, [[0, 4, 4, 0], [4, 5, 1, 2], [5, 11, 6, 1], [11, 13, 2, 1], [13, 18, 5, 2]])

class Settling(unittest.TestCase):
    def test_a_router_vanishes(self):
        _, edges = run(ledger("- u native 9", ["u r native 9", "r p native 9", "p r T 90", "r u T 90"]), ("u", None, "native"))
        self.assertEqual(edges, {("t2", "u", "u", "swap"): 9})

    def test_a_swap_paid_to_somebody_else(self):
        t, edges = run(ledger("- u native 9", ["u p native 9", "p v T 90"]), ("u",))
        self.assertEqual(edges, {("t2", "u", "v", "swap-to"): 9})
        self.assertEqual(t.holdings["p", "native"].pieces, [])  # the pool's new coins are clean

    def test_the_pool_is_stolen_from_when_the_pool_is_the_source(self):
        # p's 90 stolen T go to u, who paid 9: p's claim is now on those 9.
        t, edges = run(ledger("- p T 90", "- u native 9", ["u p native 9", "p u T 90"]), ("p", None, T))
        self.assertEqual(edges, {("t3", "p", "p", "swap"): 90})
        self.assertEqual(t.holdings["p", "native"].pieces, [[0, 9, 90, 0]])

    def test_there_and_back(self):
        t, _ = run(ledger("- u native 9", ["u p native 9", "p u T 100"], ["u p T 100", "p u native 8"]), ("u", 9, "native"))
        self.assertEqual(t.holdings["u", "native"].pieces, [[9, 17, 9, 0]])

    def test_a_flash_loan_nets_out(self):
        # u borrows 1,000 and returns 1,001: a payment of 1.
        _, edges = run(ledger("- u native 5", ["l u native 1000", "u l native 1001"]), ("u",))
        self.assertEqual(edges, {("t2", "u", "l", "transfer"): 1})

    def test_wrapping_needs_no_label(self):
        # S is a wrapper: 9 coins in, 9 S minted; later 4 burnt for 4 coins.
        t, edges = run(ledger("- u native 9", ["u %s native 9" % S, "- u S 9"], ["u - S 4", "%s u native 4" % S]), ("u", 9, "native"))
        self.assertEqual(edges, {("t2", "u", "u", "wrap"): 9, ("t3", "u", "u", "unwrap"): 4})
        self.assertEqual((t.totals[0]["held"], t.standing["u"], t.standing[S]), (9, 9, 0))

    def test_liquidity_there_and_back(self):
        # 10 stolen coins and 50 clean T become 7 S; 7 S become 12 coins and 40 T: the claim is halved between them.
        t, edges = run(ledger("- u native 10", "- u T 50", ["u S native 10".replace("S", S), "u %s T 50" % S, "- u S 7"],
                              ["u %s S 7" % S, "%s - S 7" % S, "%s u native 12" % S, "%s u T 40" % S]), ("u", 10, "native"))
        self.assertEqual(edges, {("t3", "u", "u", "deposit"): 10, ("t4", "u", "u", "redeem"): 10})
        self.assertEqual([sum(p[2] for p in t.holdings["u", a].pieces) for a in ("native", T)], [5, 5])

    def test_fees_come_first_and_are_no_exchange(self):
        # Of 10 stolen the fee takes 1, the payment 5.
        t, edges = run(ledger("- u native 10", ["u v native 5", "u x native 1 fee", "v u T 3"]), ("u", None, "native"))
        self.assertEqual(edges, {("t2", "u", tracer.FEES, "fee"): 1, ("t2", "u", "u", "swap"): 5})
        self.assertEqual((t.totals[0]["fees"], t.totals[0]["held"]), (1, 9))

    def test_payers_meet_receivers_in_order(self):
        # a 3 and b 5 to r, which pays c 4 and d 4: c gets 3 of a and 1 of b.
        _, edges = run(ledger("- a native 3", "- b native 5", ["a r native 3", "b r native 5", "r c native 4", "r d native 4"]), ("b",))
        self.assertEqual(edges, {("t3", "b", "c", "transfer"): 1, ("t3", "b", "d", "transfer"): 4})

    def test_large_transactions_look_at_four_gains(self):
        # u gives 60 stolen coins for 6 tokens; with 10,001 movements the first 4 of them take part.
        tokens = ["0x%040x" % n for n in range(1, 7)]
        for dust, took_part in ((9994, 6), (9995, 4)):
            moves = ["u p native 60"] + ["p u %s 9" % t for t in tokens] + ["x y native 1"] * (dust - 1)
            t, edges = run(ledger("- u native 60", moves), ("u", 60, "native"))
            got = [sum(p[2] for p in t.holdings["u", a].pieces) for a in tokens]
            self.assertEqual(got, [60 // took_part] * took_part + [0] * (6 - took_part))

    def test_circulations_do_not_run_in_circles(self):
        # Without taking the loop out the one new unit would go round 10^18 times.
        n = 10**18
        _, edges = run(ledger("- u native 1", ["w u native %d" % n, "u w native %d" % n, "u z native 1"]), ("u",))
        self.assertEqual(edges, {("t2", "u", "z", "transfer"): 1})

class Order(unittest.TestCase):
    def order(self, *rows):
        moves = tracer.movements([dict(zip(("time", "block", "tx", "from", "to", "asset", "amount"), r.split())) for r in rows])
        return [tx for tx, _, _, _ in tracer.order(moves)]

    def test_who_is_paid_stands_before_who_pays(self):
        # The hashes say c, b, a; the money says a, b, c.
        h = {n: "0x" + d * 64 for n, d in zip("abc", "321")}
        self.assertEqual(self.order("5 1 %s y z native 1" % h["c"], "5 1 %s x y native 1" % h["b"], "5 1 %s w x native 1" % h["a"]),
                         [h["a"], h["b"], h["c"]])

    def test_a_cycle_starts_with_the_smallest(self):
        h = ["0x" + d * 64 for d in "12"]
        self.assertEqual(self.order("5 1 %s x y native 1" % h[1], "5 1 %s y x native 1" % h[0]), h)

class Stops(unittest.TestCase):
    LABELS = {"ex": "exchange", "dex": "defi"}

    def test_service_and_deposit_address(self):
        moves = ledger("- u native 10", "u d native 4", "d ex native 4", "u ex native 6")
        t, _ = run(moves, ("u",), labels=self.LABELS)
        self.assertEqual(dict(t.totals[0]["stopped"]), {"deposit-address": 4, "service": 6})
        self.assertEqual(t.stopped_at, {"d": "deposit-address", "ex": "service"})
        t, _ = run(moves, ("u",), labels=self.LABELS, deposits=False)
        self.assertEqual(dict(t.totals[0]["stopped"]), {"service": 10})

    def test_a_pool_stops_payments_but_not_swaps(self):
        t, _ = run(ledger("- u native 10", "u dex native 4", ["u dex native 6", "dex u T 3"]), ("u", 10, "native"), labels=self.LABELS)
        self.assertEqual((dict(t.totals[0]["stopped"]), t.totals[0]["held"]), ({"defi": 4}, 6))

    def test_hub(self):
        rows = ["- u native 3"] + ["x%d h native 1" % i for i in range(3)] + ["h y%d native 1" % i for i in range(3)] + ["u h native 3"]
        self.assertEqual(dict(run(ledger(*rows), ("u",), labels={}, hub=2)[0].totals[0]["stopped"]), {"hub": 3})
        self.assertEqual(dict(run(ledger(*rows), ("u",), labels={}, hub=3)[0].totals[0]["stopped"]), {})

    def test_suspected_money_stands_apart(self):
        # v got 2 stolen and later spends 2 and 5 of unknown origin.
        t, _ = run(ledger("- u native 2", "u v native 2", "v w native 7"), ("u",), suspect=True)
        self.assertEqual([(x["stolen"], x["held"], x["suspected"]) for x in t.totals], [(2, 2, False), (5, 5, True)])

if __name__ == "__main__":
    unittest.main()
