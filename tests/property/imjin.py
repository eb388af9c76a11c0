"""Drives the program from outside: a workspace a ledger, and its answers in the oracle's terms."""
import collections, csv, json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "oracle"))
import ledgers, tracer

PROGRAM = os.path.abspath(os.environ.get("IMJIN", os.path.join(HERE, "..", "..", "build", "imjin")))
CHAIN = "planted"
MEMORY = "/dev/shm" if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK) else None  # no disk to wait for

class Failed(Exception):
    pass

class Workspace:
    """Files of one ledger, imported in the order given. Use as a context: it removes itself."""

    def __init__(self, *files, labels=None, threads=1):
        self.home = tempfile.TemporaryDirectory(prefix="imjin-property-", dir=MEMORY)
        self.path, self.threads = os.path.join(self.home.name, "w"), threads
        self.run("init", self.path, workspace=False)
        if files: self.add(*files)
        if labels: self.label(labels)

    def __enter__(self): return self
    def __exit__(self, *_): self.home.cleanup()

    def run(self, *words, workspace=True, allowed=(0,)):
        command = [PROGRAM] + (["--workspace", self.path, "--threads", str(self.threads)] if workspace else []) + list(words)
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode not in allowed:
            raise Failed("%s\nexit %d\n%s" % (" ".join(command), done.returncode, done.stderr))
        return done

    def file(self, name): return os.path.join(self.home.name, name)

    def add(self, *files):
        """Each file: rows as in ledgers.HEAD; all in one import."""
        names = []
        for rows in files:
            self.count = getattr(self, "count", 0) + 1
            names.append(self.file("movements%d.csv" % self.count)); ledgers.write_rows(names[-1], rows)
        self.run("import", "--chain", CHAIN, *names)

    def label(self, labels):
        ledgers.write_labels(self.file("labels.csv"), labels); self.run("label", "import", self.file("labels.csv"))

    def identity(self):
        """What the ledger says of itself, without its paths."""
        return self.run("info", "--json").stdout

    def trace(self, sources, policy="fifo", engine="follow", *more):
        """Returns (bytes of the JSON, reached) ; reached: {address: (claim, stop)}."""
        ledgers.write_sources(self.file("sources.csv"), sources)
        done = self.run("trace", "--from-file", self.file("sources.csv"), "--policy", policy, "--engine", engine, "--json",
                        "--reached", self.file("reached.csv"), *more)
        with open(self.file("reached.csv"), newline="") as f:
            reached = {r["address"]: (int(r["claim"]), r["stop"]) for r in csv.DictReader(f)}
        return json.loads(done.stdout), reached

def number(x): return int(x)

def thefts(document):
    """[(source, asset, stolen, held, fees, cut off, {stop: claim}, suspected)], in the document's order."""
    result = []
    for t in document["thefts"]:
        stopped = {k: number(v) for k, v in t["stopped_by"].items() if number(v)}
        result.append((t["source"], asset(t["asset"]), number(t["stolen"]), number(t["held"]), number(t["fees"]), number(t["cut_off"]),
                       stopped, bool(t["suspected"])))
    return result

def asset(text):
    """A token's contract, which stands last in its name, or the name; the coin of a chain without a name for it is "native"."""
    return text.split(" ")[-1]

def edges(document):
    """{(theft, tx, from, to, asset out, asset in, rule): claim}."""
    result = collections.Counter()
    for e in document["edges"]:
        names = [{"(mint/burn)": tracer.VOID}.get(e[k], e[k]) for k in ("from", "to")]
        result[(e["theft"], e["transaction"], *names, asset(e["asset_out"]), asset(e["asset_in"]), e["rule"])] += number(e["claim"])
    return result
