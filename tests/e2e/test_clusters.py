"""Clusters on a small chain of blocks whose every owner is known."""
import pathlib, random, sys, unittest

from program import BAD_INPUT, NOT_FOUND, OK, ROOT, USAGE, ProgramTest

sys.path.insert(0, str(ROOT / "tests/oracle"))
import blocks

COIN = 10**8
SUBSIDY = 50 * COIN


class Chain:
    """Blocks in the making. An output is (Tx, place); `spend` takes such and pays (value, owner's address number) each."""

    def __init__(self):
        self.blocks = []

    def mine(self, *txs, to=0):
        height = len(self.blocks) + 1
        self.blocks.append([blocks.Tx([], [(SUBSIDY, blocks.lock(to))], height), *txs])
        return self.blocks[-1][0]

    def ripen(self):
        for _ in range(100):
            self.mine(to=999)


def spend(inputs, *outputs):
    return blocks.Tx(inputs, [(value, blocks.lock(number)) for value, number in outputs])


def small_chain():
    """0 gives to 1..6; 1+2 and 2+3 are spent together; then a CoinJoin of 4, 5, 6, and a peel chain of four hops from 7."""
    c = Chain()
    base = c.mine(to=0)
    c.ripen()
    fan = spend([(base, 0)], (COIN, 1), (COIN, 2), (COIN, 2), (COIN, 3), (COIN, 4), (COIN + 1, 5), (COIN + 2, 6), (10 * COIN, 7))
    c.mine(fan, to=999)
    first, second = spend([(fan, 0), (fan, 1)], (COIN, 20)), spend([(fan, 2), (fan, 3)], (COIN, 21))
    c.mine(first, to=999)
    c.mine(second, to=999)
    joint = spend([(fan, 4), (fan, 5), (fan, 6)], *[(COIN // 2, 30 + i) for i in range(3)], *[(COIN // 3 + i, 40 + i) for i in range(3)])
    c.mine(joint, to=999)
    peels, rest = [], (fan, 7)
    for i in range(4):
        peels.append(spend([rest], (COIN, 50 + i), ((9 - i) * COIN - 1000 * (i + 1), 60 + i)))
        rest = (peels[-1], 1)
    c.mine(*peels, to=999)
    return c, first, second, joint, peels


class Clusters(ProgramTest):
    def make_blocks(self, chain):
        self.make()
        path = self.directory / "blocks.blk"
        blocks.write(path, chain.blocks)
        self.imjin("import", "--chain", "bitcoin-regtest", path)

    def address(self, tx, place):
        """As the program writes the address of an output."""
        return self.json("tx", tx.hex(), schema="imjin.outputs-tx/1")["outputs"][place]["address"]

    def test_small_chain(self):
        chain, first, second, joint, peels = small_chain()
        self.make_blocks(chain)
        said = self.json("cluster", "build", schema="imjin.cluster-build/1")
        self.assertEqual((said["clusters"], said["merges"], said["refused"]), (1, 2, 0))
        self.assertEqual({k: v for k, v in said["coinjoins"].items() if v}, {"joinmarket": 1})
        merges = self.json("cluster", "merges", schema="imjin.cluster-merges/1")["rows"]
        self.assertEqual([m["transaction"] for m in merges], [first.hex(), second.hex()])
        one, two, three = merges[0]["a"], merges[0]["b"], merges[1]["b"]
        why = self.json("cluster", "why", one, three, schema="imjin.cluster-why/1")["steps"]
        self.assertEqual([(s["from"], s["to"], s["transaction"]) for s in why], [(one, two, first.hex()), (two, three, second.hex())])
        self.json("cluster", "why", one, three, "--height", merges[1]["height"], schema="imjin.cluster-why/1")
        self.imjin("cluster", "why", one, three, "--height", merges[1]["height"] - 1, status=NOT_FOUND)
        said = self.json("cluster", "show", three, schema="imjin.cluster/1")
        self.assertEqual((said["cluster"], [m["address"] for m in said["members"]]), (one, [one, two, three]))
        said = self.json("cluster", "show", three, "--height", merges[0]["height"], schema="imjin.cluster/1")
        self.assertEqual(said["addresses"], 1)
        self.assertEqual(self.json("cluster", "list", schema="imjin.clusters/1")["largest"], [{"cluster": one, "addresses": 3}])
        self.assertTrue(self.json("cluster", "verify", schema="imjin.cluster-verify/1")["sound"])

    def test_transactions(self):
        chain, first, second, joint, peels = small_chain()
        self.make_blocks(chain)
        said = self.json("cluster", "tx", joint.hex(), schema="imjin.cluster-tx/1")
        self.assertEqual((said["coinjoin"]["type"], said["coinjoin"]["equal_value"], said["change"]), ("joinmarket", str(COIN // 2), None))
        said = self.json("cluster", "tx", peels[0].hex(), schema="imjin.cluster-tx/1")
        self.assertEqual({r["rule"]: r["output"] for r in said["change"]["rules"]}, {"round-value": 1, "peel": 1})
        self.assertEqual(said["change"]["confidence"], 70)
        for tx in peels:
            said = self.json("cluster", "peel", tx.hex(), schema="imjin.peel-chain/1")
            self.assertEqual((said["hops"], said["value_peeled"], said["end"]), (4, str(4 * COIN), "unspent"))
            self.assertEqual(int(said["value_first"]), int(said["value_peeled"]) + int(said["value_rest"]) + int(said["fees"]))
            self.assertEqual([p["transaction"] for p in said["peels"]], [t.hex() for t in peels])
        self.imjin("cluster", "peel", first.hex(), status=NOT_FOUND)

    def test_patterns(self):
        chain, first, second, joint, peels = small_chain()
        self.make_blocks(chain)
        seven = self.json("cluster", "peel", peels[0].hex(), schema="imjin.peel-chain/1")["peels"][0]["address"]
        four = self.address(joint, 0)
        found = self.json("patterns", seven, four, schema="imjin.outputs-patterns/1")["findings"]
        self.assertEqual([(f["pattern"], f["coinjoin"], f["count"]) for f in found], [("peel-chain", None, 4), ("mixer", "joinmarket", 3)])
        self.assertEqual([f["transaction"] for f in found], [peels[0].hex(), joint.hex()])
        found = self.json("patterns", seven, four, "--only", "mixer", schema="imjin.outputs-patterns/1")["findings"]
        self.assertEqual([f["pattern"] for f in found], ["mixer"])
        self.assertIn("none of these patterns", self.imjin("patterns", seven, "--without", "peel-chain")[0])

    def test_change_and_guard(self):
        chain, first, second, joint, peels = small_chain()
        self.make_blocks(chain)
        said = self.json("cluster", "build", "--change", "round-value,peel", "--votes", "2", schema="imjin.cluster-build/1")
        self.assertEqual((said["merges"], said["change_rules"], said["votes"]), (5, ["round-value", "peel"], 2))
        self.assertEqual(self.json("cluster", "build", schema="imjin.cluster-build/1")["merges"], 2)  # each has its own
        said = self.json("cluster", "refused", "--guard", "1", schema="imjin.cluster-refused/1")
        self.assertEqual((said["refused"], said["merges"][0]["transaction"]), (2, first.hex()))
        self.imjin("cluster", "build", "--change", "guess", status=USAGE)
        self.imjin("cluster", "build", "--votes", "2", status=USAGE)

    def test_files_are_made_anew(self):
        chain, *_ = small_chain()
        self.make_blocks(chain)
        self.imjin("cluster", "build")
        path = next(self.w.glob("compiled/*/clusters"))
        good = path.read_bytes()
        for bad in (good[:-1], b"", good[:8] + b"\xff" * 8 + good[16:]):
            path.write_bytes(bad)
            self.imjin("cluster", "verify", status=NOT_FOUND)
            self.imjin("cluster", "list")
            self.assertEqual(path.read_bytes(), good)
        path.write_bytes(good[:300] + bytes([good[300] ^ 1]) + good[301:])
        self.imjin("cluster", "verify", status=NOT_FOUND)

    def test_wrong_words(self):
        chain, *_ = small_chain()
        self.make_blocks(chain)
        self.imjin("cluster", "show", "nonsense", status=BAD_INPUT)
        self.imjin("cluster", "tx", "12", status=BAD_INPUT)
        self.imjin("cluster", "tx", "00" * 32, status=NOT_FOUND)
        self.imjin("cluster", "build", "--chain", "ethereum", status=USAGE)

    def test_a_slow_way_agrees(self):
        """Random spends, joined again here in the plainest way; a store grown in three steps gives the same bytes as in one."""
        for seed in range(2):
            rng, c = random.Random(seed), Chain()
            bases = [c.mine(to=i) for i in range(5)]
            c.ripen()
            coins = [(tx, 0, SUBSIDY, i) for i, tx in enumerate(bases)]
            groups = {}

            def root(n):
                while groups.setdefault(n, n) != n: n = groups[n]
                return n

            for _ in range(30):
                txs = []
                for _ in range(3):
                    taken = [coins.pop(rng.randrange(len(coins))) for _ in range(min(len(coins), rng.randint(1, 3)))]
                    value = sum(t[2] for t in taken)
                    first = value // 3 + rng.randrange(1000)
                    numbers = [rng.randrange(200), rng.randrange(200)]
                    tx = spend([(t[0], t[1]) for t in taken], (first, numbers[0]), (value - first - 1000, numbers[1]))
                    coins += [(tx, 0, first, numbers[0]), (tx, 1, value - first - 1000, numbers[1])]
                    for t in taken: groups[root(t[3])] = root(taken[0][3])
                    txs.append(tx)
                c.mine(*txs, to=999)
            expected = sorted(len([n for n in groups if root(n) == r]) for r in {root(n) for n in groups})
            self.w = self.directory / f"whole{seed}"
            self.make_blocks(c)
            self.imjin("cluster", "build")
            largest = self.json("cluster", "list", schema="imjin.clusters/1")["largest"]
            self.assertEqual([g["addresses"] for g in largest], sorted((n for n in expected if n > 1), reverse=True))
            whole = next(self.w.glob("compiled/*/clusters")).read_bytes()
            self.w = self.directory / f"parts{seed}"
            self.make()
            for upto in (60, 115, len(c.blocks)):
                path = self.directory / "part.blk"
                blocks.write(path, c.blocks[:upto])
                self.imjin("import", "--chain", "bitcoin-regtest", path)
                self.imjin("cluster", "build")
            self.assertEqual(next(self.w.glob("compiled/*/clusters")).read_bytes(), whole)


if __name__ == "__main__":
    unittest.main()
