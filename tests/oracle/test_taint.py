"""Random chains of blocks: the program's trace through outputs against the obvious one in taint.py."""
import json, os, pathlib, random, subprocess, sys, tempfile, unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import blocks, taint

IMJIN = os.environ.get("IMJIN", str(pathlib.Path(__file__).parents[2] / "build" / "imjin"))


def imjin(workspace, *words):
    done = subprocess.run([IMJIN, "--workspace", workspace, "--chain", "bitcoin-regtest", *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def random_chain(seed):
    """Blocks of payments that split and join; some miners leave fees lying."""
    rng, chain, unspent = random.Random(seed), [], []
    for height in range(1, 150):
        txs, fees, born = [None], 0, []
        if height > 100: unspent += [(chain[height - 101][0], 0)]  # coinbases wait for a hundred blocks
        for _ in range(rng.randrange(6) if unspent else 0):
            if not unspent: break
            inputs = [unspent.pop(rng.randrange(len(unspent))) for _ in range(min(len(unspent), rng.choice([1, 1, 2, 3])))]
            total = sum(t.outputs[n][0] for t, n in inputs)
            fee = rng.choice([0, 1, total // 7, total // 1000])
            outputs, left = [], total - fee
            while left > 0:
                value = left if len(outputs) == 6 else rng.randint(1, left)
                outputs.append((value, blocks.lock(rng.randrange(30))))
                left -= value
            if not outputs: outputs = [(0, blocks.lock(1))]
            tx = blocks.Tx(inputs, outputs)
            fees += total - sum(v for v, _ in outputs)
            txs.append(tx)
            born += [(tx, n) for n, (value, _) in enumerate(outputs) if value]
        value = max(1, rng.choice([5000000000, 1000]) + fees - rng.choice([0, 0, fees // 2]))
        txs[0] = blocks.Tx([], [(value, blocks.lock(rng.randrange(30)))], height)
        unspent += born
        chain.append(txs)
    return chain, unspent + [(txs[0], 0) for txs in chain[49:]]


class Taint(unittest.TestCase):
    def check(self, seed):
        chain, unspent = random_chain(seed)
        rng = random.Random(seed + 1000)
        outputs = [(tx, n) for txs in chain[:30] + chain[100:120] for tx in txs for n in range(len(tx.outputs)) if tx.outputs[n][0]]
        thefts = rng.sample(outputs, 4)
        stolen = {(tx.id, n): k for k, (tx, n) in enumerate(thefts)}
        specs = [word for tx, n in thefts for word in ("--from", "%s:%d" % (tx.hex(), n))]
        alive = {(tx.hex(), n): (tx.id, n) for tx, n in unspent}
        with tempfile.TemporaryDirectory() as home:
            subprocess.run([IMJIN, "init", home + "/w"], check=True, capture_output=True)
            blocks.write(pathlib.Path(home) / "blk00000.dat", chain)
            imjin(home + "/w", "import", home + "/blk00000.dat")
            for policy in ("fifo", "haircut"):
                for fees in ("stop", "fees-first", "subsidy-first"):
                    said = json.loads(imjin(home + "/w", "trace", *specs, "--policy", policy, "--fees", fees, "--json"))
                    lies, spent = getattr(taint, policy)(chain, stolen, fees)
                    with self.subTest(seed=seed, policy=policy, fees=fees):
                        self.compare(policy, said, lies, spent, alive)

    def compare(self, policy, said, lies, spent, alive):
        got, want = {}, {}
        for rest in said["rests"]:
            self.assertEqual(rest["end"], "held")
            at = int(rest["at"]) if policy == "fifo" else 0
            got.setdefault((rest["tx"], rest["output"]), []).append((at, int(rest["units"]), rest["theft"]))
        for place, key in alive.items():
            if policy == "haircut":
                rows = [(0, units, theft) for theft, units in sorted(lies[key].items()) if units]
            else:
                rows, at = [], 0
                for n, theft in lies[key]:
                    if rows and theft is not None and rows[-1][2] == theft and sum(rows[-1][:2]) == at:
                        rows[-1] = (rows[-1][0], rows[-1][1] + n, theft)
                    elif theft is not None: rows.append((at, n, theft))
                    at += n
            if rows: want[place] = rows
        joined = {}
        for place, rows in got.items():
            out = []
            for at, n, theft in sorted(rows):
                if policy == "fifo" and out and out[-1][2] == theft and sum(out[-1][:2]) == at: out[-1] = (out[-1][0], out[-1][1] + n, theft)
                else: out.append((at, n, theft))
            joined[place] = sorted(out, key=lambda r: (r[0], r[2]))
        self.assertEqual(joined, want)
        self.assertEqual({k: int(t["fees"]) for k, t in enumerate(said["thefts"]) if int(t["fees"])}, {k: v for k, v in spent.items() if v and k is not None})


for seed in range(1, 9):
    setattr(Taint, "test_chain_%d" % seed, lambda self, seed=seed: self.check(seed))

if __name__ == "__main__":
    unittest.main()
