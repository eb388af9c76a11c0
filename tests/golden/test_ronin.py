"""The bundled Ronin case against figures worked out from its facts, and byte for byte with 1 and 2 threads.

Where each expected figure comes from:
- stolen: the two published withdrawals, 173,600 ETH and 25,500,000 USDC;
- mixer, FIFO: the depositors of batches 1 to 18 paid 591 notes of 100 ETH into the pool; the 17 notes of batch 3 came from money
  that the data do not show arriving (see the case's notes), so (591 - 17) * 100 = 57,400 ETH of the theft stopped there;
- at rest, FIFO: all else, 173,600 - 57,400 = 116,200 ETH; the data hold no fee and no other stop.
The digests in expected.json pin every byte of every output; tests/golden/update.py writes them anew, and a change of one is
to be explained in its commit.
"""
import csv, hashlib, json, os, pathlib, re, shlex, shutil, subprocess, tempfile, unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASE = ROOT / "data" / "cases" / "ronin-2022"
IMJIN = os.environ.get("IMJIN", str(ROOT / "build" / "imjin"))
EXPECTED = pathlib.Path(__file__).with_name("expected.json")
ETH = 10**18
POLICIES = ("fifo", "lifo", "haircut", "poison")
POOL = "0xa160cdab225685da1d56aa342ad8841c3b53f291"


def imjin(*arguments):
    return subprocess.run([IMJIN, *map(str, arguments)], check=True, capture_output=True, cwd=ROOT).stdout


def make_workspace(directory):
    work = pathlib.Path(directory) / "w"
    imjin("init", work)
    imjin("--workspace", work, "import", "--chain", "ethereum", CASE / "movements.csv", CASE / "tokens.csv")
    imjin("--workspace", work, "label", "import", *sorted((ROOT / "data" / "labels").glob("*.csv")), CASE / "labels.csv")
    return work


def outputs(work, threads):
    """name: bytes of everything the case produces."""
    made = {}
    common = ("--workspace", work, "--threads", threads)
    case = CASE.relative_to(ROOT)
    for policy in POLICIES:
        made[f"trace-{policy}.json"] = imjin(*common, "--json", "trace", "--from", case, "--policy", policy)
    made["trace.txt"] = imjin(*common, "trace", "--from", case)
    with tempfile.TemporaryDirectory() as place:
        imjin(*common, "report", case, "--output", place)
        for file in sorted(pathlib.Path(place).iterdir()):
            made[file.name] = file.read_bytes()
    return made


def digests(made):
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(made.items())}


class Ronin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="imjin-golden-")
        cls.work = make_workspace(cls.place)
        cls.made = outputs(cls.work, 1)
        cls.fifo = json.loads(cls.made["trace-fifo.json"])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def total(self, asset, policy="fifo"):
        (row,) = [t for t in json.loads(self.made[f"trace-{policy}.json"])["totals"] if t["asset"].startswith(asset)]
        return row

    def test_what_was_stolen_is_what_was_published(self):
        self.assertEqual(int(self.total("ETH")["stolen"]), 173_600 * ETH)
        self.assertEqual(int(self.total("USDC")["stolen"]), 25_500_000 * 10**6)

    def test_the_mixer_got_all_batches_but_the_third(self):
        with open(CASE / "movements.csv", encoding="utf-8", newline="") as f:
            paid = sum(int(row["amount"]) for row in csv.DictReader(f) if row["to"] == POOL)
        self.assertEqual(paid, 591 * 100 * ETH)
        self.assertEqual(int(self.total("ETH")["stopped_by"]["mixer"]), (591 - 17) * 100 * ETH)
        self.assertEqual(int(self.total("ETH")["held"]), (173_600 - 57_400) * ETH)

    def test_usdc_rest_with_the_two_helpers(self):
        rests = {}
        for row in self.fifo["rests"]:
            if row["asset"].startswith("USDC"):
                rests[row["account"]] = rests.get(row["account"], 0) + int(row["claim"])
        self.assertEqual(rests, {"0x665660f65e94454a64b96693a67a41d440155617": 14_500_000 * 10**6,
                                 "0xe708f17240732bbfa1baa8513f66b665fbc7ce10": 11_000_000 * 10**6})

    def test_every_theft_is_accounted_for_to_the_unit(self):
        for policy in ("fifo", "lifo", "haircut"):
            for theft in json.loads(self.made[f"trace-{policy}.json"])["thefts"]:
                parts = sum(int(theft[part]) for part in ("held", "stopped", "fees", "cut_off"))
                self.assertEqual(parts, int(theft["stolen"]), policy)

    def test_the_report_names_the_way_of_the_money(self):
        page = self.made["report.html"].decode()
        for address in ("0x098b716b8aaf21512996dc57eb0615e2383e2f96",  # the thief
                        "0xa0e1c89ef1a489c9c7de96311ed5ce5d32c20e4b",  # an intermediary
                        "0xdd6458eb5090832eb88bffc7adf39b0f3cdd6683",  # the depositor of batch 17
                        POOL):
            self.assertIn(address, page)
        for outside in ("<script", "<link", "<iframe", "src=", "@import", "url(", 'href="http'):
            self.assertNotIn(outside, page)

    def test_two_threads_give_the_same_bytes(self):
        self.assertEqual(digests(outputs(self.work, 2)), digests(self.made))

    def test_replay_gives_the_same_trace(self):
        for policy in POLICIES:
            again = json.loads(imjin("--workspace", self.work, "--json", "trace", "--from", CASE.relative_to(ROOT), "--policy",
                                     policy, "--engine", "replay"))
            first = json.loads(self.made[f"trace-{policy}.json"])
            for part in ("totals", "thefts", "accounts", "rests", "edges"):
                self.assertEqual(again[part], first[part], f"{policy} {part}")

    def test_every_byte_is_as_before(self):
        self.assertEqual(digests(self.made), json.loads(EXPECTED.read_text(encoding="utf-8")))

    def test_tour_of_the_readme(self):
        """Every command of the tour runs, and what it is shown to say it says: `...` stands for lines, or the end of a line, left out."""
        tour = (ROOT / "README.md").read_text(encoding="utf-8").split("## Five minutes")[1].split("\n## ")[0]
        checked = 0
        for block in re.findall(r"```\n(.*?)```", tour, re.S):
            for command, shown in re.findall(r"(?m)^\$ imjin (.*)\n((?:(?!\$ ).*\n)*)", block):
                words = [w for word in shlex.split(command) for w in (map(str, sorted(ROOT.glob(word))) if "*" in word else [word])]
                said = iter(imjin("--workspace", self.work, *words).decode().splitlines())
                for line in shown.splitlines():
                    if line not in ("", "..."):
                        wanted = line.removesuffix("...")
                        self.assertTrue(any(s.startswith(wanted) if line.endswith("...") else s == wanted for s in said), f"{command}: {line}")
                checked += 1
        self.assertGreater(checked, 7)


if __name__ == "__main__":
    unittest.main()
