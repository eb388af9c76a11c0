"""Random ledgers: everything that tracing has to survive, from a seed. Same seed, same ledger."""
import csv, random

HEAD = ["time", "block", "tx", "from", "to", "asset", "amount", "kind"]
VOID = "0x" + "0" * 40

class Ledger:
    """rows: lists of text as in HEAD. Each shape below appends one transaction, or several."""

    def __init__(self, seed, txs=60, accounts=9, named=True):
        self.rnd = random.Random(seed)
        self.rows, self.block, self.time, self.count = [], 100, 1_600_000_000, 0
        self.users = [self.address() for _ in range(accounts)]
        self.tokens = [self.address() for _ in range(2)]
        self.weth, self.vault, self.router = self.address(), self.address(), self.address()
        self.pools, self.services = [self.address() for _ in range(3)], [self.address() for _ in range(2)]
        self.assets = [""] + self.tokens + [self.weth] + (["USD"] if named else [])
        self.scale = self.rnd.choice([1, 1, 10, 10**6, 10**18])
        self.labels = {s: "exchange" for s in self.services}
        self.labels[self.pools[0]] = "defi"
        shapes = [self.pay] * 6 + [self.swap] * 4 + [self.swap_to, self.routed, self.hops, self.flash_loan, self.wrap, self.wrap,
                  self.unwrap, self.add_liquidity, self.remove_liquidity, self.batch, self.collect, self.burn, self.odd, self.chaos,
                  self.chaos, self.to_service, self.deposit_address, self.settlement, self.give_back]
        for u in self.users[:4]: self.tx([(VOID, u, a, self.amount() * 4, "") for a in self.assets if self.rnd.random() < .5] or
                                         [(VOID, u, "", self.amount(), "")])
        while self.count < txs: self.rnd.choice(shapes)()
        self.sources = self.choose_sources()

    def address(self): return "0x%040x" % self.rnd.getrandbits(160)
    def amount(self): return self.rnd.choice([1, 2, 3, 5, 7, 10, 10, 100, self.rnd.randint(1, 1000)]) * self.scale + self.rnd.choice([0, 0, 1])
    def user(self): return self.rnd.choice(self.users)
    def asset(self): return self.rnd.choice(self.assets)
    def two(self): return self.rnd.sample(self.assets, 2)

    def tx(self, moves, fee=None):
        """moves: (from, to, asset, amount, kind). Several transactions may share a block, and a time."""
        if self.rnd.random() < .6: self.block += self.rnd.choice([1, 1, 2, 4000]); self.time += self.rnd.randint(1, 600)
        elif self.rnd.random() < .2: self.time += 1
        name = "0x%064x" % self.rnd.getrandbits(256) if self.rnd.random() < .9 else "tx-%d" % self.count
        if fee is None and self.rnd.random() < .3: fee = moves[0][0]
        rows = [[self.time, self.block, name, *m] for m in moves]
        if fee and fee != VOID: rows.append([self.time, self.block, name, fee, "", "", self.rnd.choice([1, 2, self.scale]), "fee"])
        self.rnd.shuffle(rows)
        self.rows += [[str(x) for x in r] for r in rows]
        self.count += 1

    def pay(self): self.tx([(self.user(), self.user(), self.asset(), self.amount(), "")])
    def give_back(self):
        u, v, a, n = self.user(), self.user(), self.asset(), self.amount()
        self.tx([(u, v, a, n, "")]); self.tx([(v, u, a, n, "")])
    def swap(self):
        u, p, (a, b) = self.user(), self.rnd.choice(self.pools), self.two()
        self.tx([(u, p, a, self.amount(), ""), (p, u, b, self.amount(), "")])
    def swap_to(self):
        u, v, p, (a, b) = self.user(), self.user(), self.rnd.choice(self.pools), self.two()
        self.tx([(u, p, a, self.amount(), ""), (p, v, b, self.amount(), "")])
    def routed(self):
        u, p, (a, b), n, m, r = self.user(), self.rnd.choice(self.pools), self.two(), self.amount(), self.amount(), self.router
        self.tx([(u, r, a, n, ""), (r, p, a, n, ""), (p, r, b, m, ""), (r, u, b, m, "")])
    def hops(self):
        u, (p, q), (a, b, c), m = self.user(), self.rnd.sample(self.pools, 2), self.rnd.sample(self.assets, 3), self.amount()
        self.tx([(u, p, a, self.amount(), ""), (p, q, b, m, ""), (q, u, c, self.amount(), "")])
    def flash_loan(self):
        u, (p, q), (a, b), n, m = self.user(), self.rnd.sample(self.pools, 2), self.two(), self.amount() * 50, self.amount()
        self.tx([(p, u, a, n, ""), (u, q, a, n, ""), (q, u, b, m, ""), (u, q, b, m, ""), (q, u, a, n + 3, ""), (u, p, a, n + 1, "")])
    def wrap(self):
        u, n = self.user(), self.amount()
        self.tx([(u, self.weth, "", n, ""), (VOID, u, self.weth, n, self.rnd.choice(["", "mint"]))])
    def unwrap(self):
        u, n = self.user(), self.amount()
        self.tx([(u, VOID, self.weth, n, ""), (self.weth, u, "", n, "internal")])
    def add_liquidity(self):
        u, p, (a, b) = self.user(), self.pools[1], self.two()
        self.tx([(u, p, a, self.amount(), ""), (u, p, b, self.amount(), ""), (VOID, u, p, self.amount(), "")])
    def remove_liquidity(self):
        u, p, (a, b), n = self.user(), self.pools[1], self.two(), self.amount()
        self.tx([(u, p, p, n, ""), (p, VOID, p, n, ""), (p, u, a, self.amount(), ""), (p, u, b, self.amount(), "")])
    def batch(self):
        u, a = self.user(), self.asset()
        self.tx([(u, self.user(), a, self.rnd.choice([5, 5, self.amount()]), "") for _ in range(self.rnd.randint(2, 6))])
    def collect(self):
        u, a = self.user(), self.asset()
        self.tx([(self.user(), u, a, self.amount(), "") for _ in range(self.rnd.randint(2, 5))])
    def burn(self): self.tx([(self.user(), VOID, self.asset(), self.amount(), "")])
    def odd(self):
        u = self.user()
        self.tx([(u, u, self.asset(), self.amount(), ""), (u, self.user(), self.asset(), 0, ""), (u, self.user(), self.asset(), 1, "")])
    def chaos(self):
        who = self.rnd.sample(self.users, 4) + [self.router, self.pools[0]]
        if self.rnd.random() < .3: who += [VOID, self.vault, self.weth]
        assets = self.rnd.sample(self.assets, 2) + ([self.vault] if VOID in who else [])
        self.tx([(self.rnd.choice(who), self.rnd.choice(who), self.rnd.choice(assets), self.amount(), "")
                 for _ in range(self.rnd.randint(2, 9))])
    def to_service(self): self.tx([(self.user(), self.rnd.choice(self.services), self.asset(), self.amount(), "")])
    def deposit_address(self):
        d, a, n = self.address(), self.asset(), self.amount()
        self.tx([(self.user(), d, a, n, "")], fee=False); self.tx([(d, self.rnd.choice(self.services), a, n, "")], fee=False)
    def settlement(self):
        """Several traders, one settlement contract, payees who are not the traders."""
        (a, b), n = self.two(), self.amount()
        self.tx([(u, self.router, a, self.amount(), "") for u in self.rnd.sample(self.users, 2)] +
                [(self.router, u, b, self.amount(), "") for u in self.rnd.sample(self.users, 2)] +
                [(self.router, self.pools[2], a, n, ""), (self.pools[2], self.router, b, n, "")])

    def choose_sources(self):
        received = sorted({(r[4], r[5]) for r in self.rows if r[4] in self.users and r[7] != "fee" and int(r[6]) > 0 and r[3] != r[4]})
        chosen = self.rnd.sample(received, min(len(received), self.rnd.randint(1, 3)))
        if self.rnd.random() < .4: chosen.append(self.rnd.choice(chosen))  # the same again: it takes what is left
        return [(u, self.rnd.choice([None, self.amount(), self.amount() * 5]), a or "native",
                 self.rnd.choice([None, None, self.time // 2 + 800_000_000])) for u, a in chosen]

def write_rows(path, rows):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n"); w.writerow(HEAD); w.writerows(rows)

ENOUGH = 10**36  # units: more than any of these ledgers holds

def write_sources(path, sources):
    """The native coin of a chain without a name for it is what an amount without an asset means."""
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n"); w.writerow(["address", "amount", "asset", "time"])
        for account, units, asset, time in sources:
            if asset == "native": units, asset = units or ENOUGH, None
            w.writerow(["" if x is None else x for x in (account, units, asset, time)])

def write_labels(path, labels):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n"); w.writerow(["address", "category"]); w.writerows(sorted(labels.items()))
