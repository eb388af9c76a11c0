#!/usr/bin/env python3
"""The oracle: docs/tracing.md again, slow and obvious, sharing nothing with the C code. trace() is all that tests call."""
import collections, csv, hashlib, heapq, re

VOID, FEES, ZERO = "", "(fees)", "0x" + "0" * 40
KINDS = ["native", "internal", "token", "fee", "mint", "burn"]
ROLES = {"exchange": "service", "service": "service", "hosted_wallet": "service", "gambling": "service",
         "payment_processor": "service", "mining_service": "service", "mixing_service": "mixer", "mixer": "mixer",
         "bridge": "bridge", "defi_bridge": "bridge", "defi": "defi", "defi_dex": "defi", "defi_lending": "defi",
         "burn": "burn"}
Move = collections.namedtuple("Move", "time block tx giver getter asset units kind")
Link = collections.namedtuple("Link", "draw at units gain to got share_from share_to shares rule move weighed")
Stretch = collections.namedtuple("Stretch", "side at units")

# ---- section 1: order

def address(text):
    text = text.strip()
    if re.fullmatch("0[xX][0-9a-fA-F]{40}", text): text = text.lower()
    return VOID if text == ZERO else text

def address_key(a):
    return (0 if a == VOID else 1 if a == FEES else 2 if a.startswith("0x") else 3, a)

def asset_key(a):
    return (0 if a == "native" else 1 if a.startswith("0x") else 3, a)

def tx_key(tx):
    return bytes.fromhex(tx[2:]) if re.fullmatch("0x[0-9a-fA-F]{64}", tx) else hashlib.sha256(tx.encode()).digest()

def movements(rows):
    result = []
    for r in rows:
        giver, getter = address(r["from"]), address(r["to"])
        asset = r["asset"] if r["asset"] not in ("", "native") else "native"
        if asset.startswith("0x"): asset = asset.lower()
        kind = r.get("kind") or ("mint" if giver == VOID else "burn" if getter == VOID else
                                 "native" if asset == "native" else "token")
        time = int(r["time"]) if r["time"] else None
        result.append(Move(time, int(r["block"]), r["tx"], giver, FEES if kind == "fee" else getter, asset,
                           int(r["amount"]), KINDS.index(kind)))
    return result

def counts(m): return m.units > 0 and m.giver != m.getter

def causal(txs):
    """Orders transactions {tx: [moves]} of one block and one time: who is paid before who pays, then by hash."""
    payers, before, after = collections.defaultdict(set), {t: set() for t in txs}, {t: set() for t in txs}
    for t, moves in txs.items():
        for m in moves:
            if counts(m) and m.giver != VOID: payers[m.giver, m.asset].add(t)
    for t, moves in txs.items():
        for m in moves:
            if counts(m) and m.getter not in (VOID, FEES):
                for u in payers[m.getter, m.asset] - {t}: after[t].add(u); before[u].add(t)
    keys = {t: tx_key(t) for t in txs}
    left = sorted(txs, key=keys.get); free = [(keys[t], t) for t in left if not before[t]]; heapq.heapify(free)
    done, cursor = set(), 0
    while len(done) < len(txs):
        while cursor < len(left) and left[cursor] in done: cursor += 1
        t = heapq.heappop(free)[1] if free else left[cursor]
        if t in done: continue
        done.add(t); yield t
        for u in after[t]:
            before[u].discard(t)
            if not before[u] and u not in done: heapq.heappush(free, (keys[u], u))

def order(moves):
    """Yields (tx, time, block, [moves]) in canonical order."""
    blocks = collections.defaultdict(lambda: collections.defaultdict(list))
    for m in moves: blocks[m.block][m.tx].append(m)
    for block in sorted(blocks):
        known = [m.time for ms in blocks[block].values() for m in ms if m.time is not None]
        groups = collections.defaultdict(dict)
        for tx, ms in blocks[block].items():
            time = min((m.time for m in ms if m.time is not None), default=min(known, default=0))
            groups[time][tx] = ms
        for time in sorted(groups):
            for tx in causal(groups[time]):
                key = lambda m: (m.kind != 3, m.kind != 0, m.kind, asset_key(m.asset), address_key(m.giver), address_key(m.getter), m.units)
                yield tx, time, block, sorted(groups[time][tx], key=key)

def untraceable(moves):
    total, wide = collections.Counter(), set()
    for m in moves:
        total[m.asset] += m.units
        if m.units >= 1 << 120: wide.add(m.asset)
    return wide | {a for a in total if total[a] >= 1 << 126}

# ---- section 3: one transaction

def outside(node):
    """The minter and the burner of an asset, FEES when it gives: they have no holding."""
    return isinstance(node, tuple)

def account_of(node):
    """Who plays the role: the token's issuer for its minter and burner, nobody for those of other assets."""
    if not outside(node): return node
    return node[1] if node[1].startswith("0x") and node[0] != "fees" else None

def nodes(m):
    return ({VOID: ("minter", m.asset), FEES: ("fees", m.asset)}.get(m.giver, m.giver),
            ("burner", m.asset) if m.getter == VOID else m.getter)

def take_circulations_out(edges):
    """edges: [giver, getter, units left, ...] in order."""
    out, done = collections.defaultdict(list), [e[2] == 0 for e in edges]
    for i, e in enumerate(edges): out[e[0]].append(i)
    next_of = lambda u: next((i for i in out[u] if edges[i][2] > 0 and not done[i]), None)
    steps = 0
    for first in range(len(edges)):
        if edges[first][2] == 0 or done[first]: continue
        walk = [first]; steps += 1
        while True:
            if steps > 64 * len(edges) + 4096: return False
            at = edges[walk[-1]][1] if walk else edges[first][0]
            loop = next((k for k, i in enumerate(walk) if edges[i][0] == at), None)
            if loop is not None:
                least = min(edges[i][2] for i in walk[loop:])
                for i in walk[loop:]: edges[i][2] -= least
                walk = walk[:loop]
            i = next_of(at)
            if i is not None: walk.append(i); steps += 1
            elif walk: done[walk.pop()] = True
            else: break
    return True

def end_to_end(draws, gains, edges, rank):
    last = {getter: number for _, getter, _, number in edges}
    flows, line = [], [[u, 0, draws[u]] for u in sorted(draws, key=rank)]
    for v in sorted(gains, key=rank):
        to = 0
        while to < gains[v]:
            u, at, left = line[0]; n = min(left, gains[v] - to)
            flows.append((u, at, v, to, n, last[v])); to += n
            line[0] = [u, at + n, left - n]
            if left == n: line.pop(0)
    return flows

def route(edges, rank):
    """Flows (draw node, at, gain node, to, units, movement), and draws and gains {node: units}, of one asset."""
    sent, got = collections.Counter(), collections.Counter()
    for giver, getter, units, _ in edges: sent[giver] += units; got[getter] += units
    draws = {u: sent[u] - got[u] for u in sent if sent[u] > got[u]}
    gains = {u: got[u] - sent[u] for u in got if got[u] > sent[u]}
    if not take_circulations_out(edges): return end_to_end(draws, gains, edges, rank), draws, gains
    supply, demand_at, length = collections.defaultdict(list), {}, collections.Counter()
    for i, (giver, getter, units, _) in enumerate(edges):
        demand_at[i] = length[giver]; length[giver] += units
        supply[getter].append((units, i))
    for u, units in draws.items(): supply[u].insert(0, (units, None))
    flows = []
    for gain, units in gains.items():
        todo = [(gain, length[gain], length[gain] + units, 0, None)]  # stretch [p, q) of a supply line, for units `to`.. of the gain
        while todo:
            u, p, q, to, movement = todo.pop()
            start = 0
            for n, i in supply[u]:
                a, b = max(p, start), min(q, start + n)
                if a < b and i is None: flows.append((u, a, gain, to + a - p, b - a, movement))
                elif a < b:
                    at = demand_at[i] + a - start
                    todo.append((edges[i][0], at, at + b - a, to + a - p, edges[i][3] if movement is None else movement))
                start += n
    joined = []
    for f in sorted(flows, key=lambda f: (list(gains).index(f[2]), f[3])):
        l = joined[-1] if joined else None
        if l and l[0] == f[0] and l[2] == f[2] and l[1] + l[4] == f[1] and l[3] + l[4] == f[3]:
            joined[-1] = (l[0], l[1], l[2], l[3], l[4] + f[4], f[5])
        else: joined.append(f)
    return joined, draws, gains

def join(stretches):
    result = []
    for s in sorted(stretches):
        if result and result[-1].side == s.side and result[-1].at + result[-1].units >= s.at:
            l = result.pop(); s = Stretch(l.side, l.at, max(l.units, s.at + s.units - l.at))
        result.append(s)
    return result

def without(side, units, stretches):
    result, at = [], 0
    for s in join(s for s in stretches if s.side == side):
        if s.at > at: result.append(Stretch(side, at, s.at - at))
        at = s.at + s.units
    return result + ([Stretch(side, at, units - at)] if at < units else [])

def by_asset(stretches, sides):
    lines = collections.defaultdict(list)
    for s in join(stretches): lines[sides[s.side][1]].append(s)
    return list(lines.values())

def part(units, s, t):
    """Part s (from 0) of t of so many units: (from, to), never empty."""
    a, b = units * s // t, units * (s + 1) // t
    return one(a, b, units)

def one(a, b, units): return (a, b) if a < b else (min(b, units - 1), min(b, units - 1) + 1)

def crop(line, a, b):
    result, at = [], 0
    for s in line:
        x, y = max(a, at), min(b, at + s.units)
        if x < y: result.append(Stretch(s.side, s.at + x - at, y - x))
        at += s.units
    return result

def several_to_several(given, got, most):
    """Yields (given stretch, got stretch, share from, to, of, weighed): step 8."""
    got = got[:most]
    for i, line in enumerate(given):
        n = sum(s.units for s in line)
        for j, target in enumerate(got):
            stretches = crop(target, *part(sum(s.units for s in target), i, len(given)))
            total, y = sum(s.units for s in stretches), 0
            for g in stretches:
                a, b = y * n // total, (y + g.units) * n // total
                v = 0
                for d in crop(line, a, b):
                    x, z = one(v * g.units // (b - a), (v + d.units) * g.units // (b - a), g.units)
                    yield d, Stretch(g.side, g.at + x, z - x), j, j + 1, len(got), len(given) > 1 or len(got) > 1
                    v += d.units
                y += g.units

def settle(moves):
    """Returns draws [(node, asset, units, is fee)], gains [(node, asset, units)], links."""
    rank, edges, fees = {}, {}, {}
    for number, m in enumerate(moves):
        if not counts(m): continue
        for x in (("asset", m.asset), m.giver, m.getter): rank.setdefault(x, len(rank))
        giver, getter = nodes(m)
        if m.kind == 3:
            if not outside(giver): fees.setdefault((m.asset, giver), []).append((m.units, number))
        else: edges.setdefault(m.asset, []).append([giver, getter, m.units, number])
    node_rank = lambda u: rank[{"minter": VOID, "burner": VOID, "fees": FEES}[u[0]] if outside(u) else u]
    side_key = lambda s: (rank["asset", s[1]], node_rank(s[0]))
    draws = sorted(((u, a, sum(n for n, _ in v), True) for (a, u), v in fees.items()), key=side_key)
    gains = [(FEES, a, n, True) for u, a, n, _ in draws]
    links = [Link(i, 0, d[2], i, 0, d[2], 0, 1, 1, "fee", fees[d[1], d[0]][-1][1], False) for i, d in enumerate(draws)]
    routed = {a: route(e, node_rank) for a, e in edges.items()}
    draws += sorted(((u, a, n, False) for a in routed for u, n in routed[a][1].items()), key=side_key)
    gains += sorted(((u, a, n, False) for a in routed for u, n in routed[a][2].items()), key=side_key)
    draw_of = {(d[0], d[1]): i for i, d in enumerate(draws) if not d[3]}
    gain_of = {(g[0], g[1]): i for i, g in enumerate(gains) if not g[3]}
    flows = [(draw_of[u, a], at, gain_of[v, a], to, n, m) for a in routed for u, at, v, to, n, m in routed[a][0]]
    gives = {account_of(d[0]) for d in draws if not d[3]} - {None}
    gets = {account_of(g[0]) for g in gains if not g[3]} - {None}
    exchangers = gives & gets

    minted = {f[2] for f in flows if outside(draws[f[0]][0]) and account_of(draws[f[0]][0])}
    plain, displaced, vacant, inner = [], collections.defaultdict(list), collections.defaultdict(list), set()
    for f in flows:
        u, v = draws[f[0]][0], gains[f[2]][0]
        giver, getter = account_of(u), account_of(v)
        if giver is None or getter is None or (giver not in exchangers and getter not in exchangers): plain.append(f)
        elif giver not in exchangers: displaced[getter].append(f)
        elif getter not in exchangers: vacant[giver].append(f)
        else: inner.add(giver)
    groups = [(displaced.pop(e), vacant.pop(e)) for e in sorted(set(displaced) & set(vacant), key=address_key)]
    groups.append((sum(displaced.values(), []), sum(vacant.values(), [])))

    def delivered(gain, at):
        return next((f[5] for f in flows if f[2] == gain and f[3] <= at < f[3] + f[4]), None)
    def spread(given, got, rule):
        for d, g, s, t, of, weighed in several_to_several(by_asset(given, draws), by_asset(got, gains), 4 if sum(map(counts, moves)) > 10000 else 64):
            links.append(Link(d.side, d.at, d.units, g.side, g.at, g.units, s, t, of, rule(d.side, g.side),
                              delivered(g.side, g.at), weighed))
    bought = {account_of(g[0]) for i, g in enumerate(gains) if i in minted and not outside(g[0])}
    exchanged = {g[1] for g in gains if not g[3] and account_of(g[0]) in exchangers}
    def price(f):
        giver = account_of(draws[f[0]][0])
        return (giver in bought or giver not in inner) and draws[f[0]][1] not in exchanged
    for out, into in groups:
        if out and into:
            spread([Stretch(f[0], f[1], f[4]) for f in out], [Stretch(f[2], f[3], f[4]) for f in into], lambda d, g: "swap-to")
        else: plain += out + [f for f in into if not price(f)]
    for f in plain:
        u, v = draws[f[0]][0], gains[f[2]][0]
        rule = "mint" if outside(u) else "burn" if outside(v) else "transfer"
        links.append(Link(f[0], f[1], f[4], f[2], f[3], f[4], 0, 1, 1, rule, f[5], False))

    burnt = {f[0] for f in flows if outside(gains[f[2]][0]) and account_of(gains[f[2]][0])}
    def own_rule(d, g):
        same = draws[d][2] == gains[g][2] and "native" in (draws[d][1], gains[g][1])
        made, ended = g in minted or outside(draws[d][0]), d in burnt or outside(gains[g][0])
        if same and made: return "wrap"
        if same and ended: return "unwrap"
        return "deposit" if made else "redeem" if ended else "swap"
    for e in exchangers:
        own_draws = [i for i, d in enumerate(draws) if not d[3] and account_of(d[0]) == e]
        own_gains = [i for i, g in enumerate(gains) if not g[3] and account_of(g[0]) == e]
        given = [s for i in own_draws for s in without(i, draws[i][2], [Stretch(f[0], f[1], f[4]) for f in plain])]
        got = [s for i in own_gains for s in without(i, gains[i][2], [Stretch(f[2], f[3], f[4]) for f in plain])]
        spread(given, got or [Stretch(i, 0, gains[i][2]) for i in own_gains], own_rule)

    return draws, gains, [l for l in links if not outside(draws[l.draw][0])]  # what is minted is clean

# ---- section 4: claims

def cut(claim, n, p, q): return claim * q // n - claim * p // n

class Holding:
    """One account's holding of one asset: two lines, and per policy where claims stand on the in-line."""
    def __init__(self):
        self.received = self.spent = self.unknown = 0
        self.unspent = []                      # [from, to) of the in-line, oldest first
        self.pieces = []                       # fifo, lifo: [from, to, claim, theft]
        self.claims = collections.Counter()    # haircut: theft -> claim
        self.poisoned = set()

class Tracer:
    def __init__(self, policy="fifo", roles=None, never_stop=(), suspect=()):
        self.policy, self.roles, self.never_stop, self.suspect = policy, roles or {}, set(never_stop), suspect
        self.holdings = collections.defaultdict(Holding)
        self.sources = []                      # [account, asset, units left to take or None, time or None once it has come]
        self.totals, self.edges = [], collections.Counter()
        self.standing, self.peak, self.stopped_at = collections.Counter(), collections.Counter(), {}
        self.reached, self.suspected, self.number = {}, {}, 0
        self.stolen = collections.Counter()    # holding -> units of arrivals of claims, missing history aside

    def theft(self, account, asset, units=None, time=None, suspected=False):
        self.sources.append([account, asset, units, time])
        self.totals.append(dict(source=account, asset=asset, stolen=0, held=0, fees=0, cut_off=0, suspected=suspected,
                                stopped=collections.Counter()))
        return len(self.sources) - 1

    def lay(self, key, units, time, missing=False):
        """Lays units behind the in-line. Each source in its turn steals what earlier ones left; returns where the rest begins."""
        h = self.holdings[key]
        at, end = h.received, h.received + units
        h.unspent.append([at, end])
        h.received = end
        for k, s in enumerate(self.sources):
            if (s[0], s[1]) != key or self.totals[k]["suspected"]: continue
            if s[3] is not None and time >= s[3]: s[3] = None
            n = 0 if s[3] is not None else end - at if s[2] is None else min(s[2], end - at)
            if s[2] is not None: s[2] -= n
            if n: self.steal(key, k, at, at + n, missing)
            at += n
        return at

    def steal(self, key, k, a, b, missing):
        self.totals[k]["stolen"] += b - a
        self.arrive(key, k, a, b, b - a, missing)

    def arrive(self, key, k, a, b, claim, missing=False):
        h = self.holdings[key]
        if not self.totals[k]["suspected"]:
            self.reached.setdefault(key[0], self.number)
            if not missing: self.stolen[key] += b - a
        if self.policy == "haircut": h.claims[k] += claim
        elif self.policy == "poison": h.poisoned.add(k); return
        else: h.pieces.append([a, b, claim, k])
        self.standing[key[0]] += claim
        self.touched.add(key[0])

    def missing_history(self, key, short, time):
        h = self.holdings[key]
        h.unknown += short
        free = self.lay(key, short, time, True)
        if key[0] in self.suspect and self.reached.get(key[0], self.number) < self.number and free < h.received:
            if key not in self.suspected: self.suspected[key] = self.theft(*key, suspected=True)
            self.steal(key, self.suspected[key], free, h.received, True)

    def draw(self, key, units, time, links):
        """Takes units off a holding. Yields (theft, claim, link, p, q): units [p, q) of the link's given ones."""
        h = self.holdings[key]
        if h.spent + units > h.received: self.missing_history(key, h.spent + units - h.received, time)
        before, bounds = h.received - h.spent, sorted({b for l in links for b in (l.at, l.at + l.units)})
        h.spent += units
        blocks = self.unspent(h, units)
        if self.policy == "poison": return [(k, l.units, l, 0, l.units) for k in sorted(h.poisoned) for l in links]
        if self.policy == "haircut": taken = self.draw_evenly(h, units, before, bounds)
        else: taken = self.draw_pieces(h, blocks, bounds)
        taken = [(k, cut(c, l.shares, l.share_from, l.share_to), l, a - l.at, b - l.at)
                 for k, c, a, b in taken for l in links if l.at <= a < l.at + l.units]
        h.pieces = [p for p in h.pieces if any(x < p[1] and p[0] < y for x, y in h.unspent)]
        self.standing[key[0]] -= sum(t[1] for t in taken)
        return taken

    def unspent(self, h, units):
        """Takes units off the old end (the new one for LIFO): [(from, to)] of the in-line in the order they go."""
        blocks, i = [], -1 if self.policy == "lifo" else 0
        while units:
            a, b = h.unspent.pop(i); n = min(units, b - a); units -= n
            blocks.append((b - n, b) if i else (a, a + n))
            if n < b - a: h.unspent.insert(len(h.unspent) if i else 0, [a, b - n] if i else [a + n, b])
        return blocks

    def draw_pieces(self, h, blocks, bounds):
        """Yields (theft, claim, from, to): parts of the draw between the bounds that pieces stand on."""
        at = 0
        for x, y in blocks:                    # in-line [x, y) is laid out from `at` of the draw, backwards for LIFO
            back = self.policy == "lifo"
            line = sorted({x, y} | {y + at - b if back else x + b - at for b in bounds if at < b < at + y - x})
            for a, b, claim, k in h.pieces:
                for p, q in zip(line, line[1:]):
                    p, q = max(a, p), min(b, q)
                    o = at + (y - q if back else p - x)
                    if p < q: yield k, cut(claim, b - a, p - a, q - a), o, o + q - p
            at += y - x

    def draw_evenly(self, h, units, before, bounds):
        for k in sorted(h.claims):
            t = h.claims[k] * units // before
            h.claims[k] -= t
            for a, b in zip(bounds, bounds[1:]): yield k, cut(t, units, a, b), a, b

    def suspicious(self):
        """Sources, and accounts of which, in some asset, at least half of what they were seen to receive is stolen."""
        return self.never_stop | {key[0] for key, units in self.stolen.items()
                                  if 2 * units >= self.holdings[key].received - self.holdings[key].unknown}

    def stop(self, account, link):
        role = self.roles.get(account)
        if account in self.never_stop or not role or (role == "defi" and link.rule != "transfer"): return None
        return role

    def transaction(self, tx, time, moves):
        draws, gains, links = settle(moves)
        base, arrivals = {}, []
        self.touched, self.number = set(), self.number + 1
        for i, (u, asset, units, _) in enumerate(draws):
            if outside(u): continue
            taken = self.draw((u, asset), units, time, [l for l in links if l.draw == i])
            arrivals += [t for t in taken if t[1] > 0]
        for i, (u, asset, units, _) in enumerate(gains):
            if u == FEES or outside(u): continue
            base[i] = self.holdings[u, asset].received
            self.lay((u, asset), units, time)
        for k, claim, l, p, q in arrivals:
            giver, out = draws[l.draw][:2]
            getter, asset = gains[l.gain][:2]
            if outside(getter): getter = VOID
            self.edges[k, tx, giver, getter, out, asset, l.rule] += claim
            why = "burn" if getter == VOID else "fees" if getter == FEES else None if giver == getter else self.stop(getter, l)
            if why:
                if why == "fees": self.totals[k]["fees"] += claim
                else: self.totals[k]["stopped"][why] += claim
                if getter != FEES:
                    self.stopped_at.setdefault(getter, why); self.standing[getter] += claim; self.touched.add(getter)
                continue
            a = p * l.got // l.units
            b = max(-(-q * l.got // l.units), a + 1)
            self.arrive((getter, asset), k, base[l.gain] + l.to + a, base[l.gain] + l.to + b, claim)
        for u in self.touched: self.peak[u] = max(self.peak[u], self.standing[u])

    def finish(self):
        for key, h in self.holdings.items():
            for k, claim in h.claims.items(): self.totals[k]["held"] += claim
            for a, b, claim, k in h.pieces:
                for x, y in h.unspent:
                    p, q = max(a, x), min(b, y)
                    if p < q: self.totals[k]["held"] += cut(claim, b - a, p - a, q - a)
        return self

# ---- section 5: who stops, from the whole ledger

def stops(txs, labels, deposits=True, hubs=True, dust=0, hub=1000):
    roles = {a: ROLES[c] for a, c in labels.items() if c in ROLES}
    payers, payees = collections.defaultdict(set), collections.defaultdict(set)
    last, late, kept, paid, given, got = {}, set(), collections.Counter(), set(), collections.Counter(), collections.Counter()
    for _, _, block, moves in txs:
        moves = [m for m in moves if counts(m)]
        for m in moves: kept[m.giver, m.asset] -= m.units; kept[m.getter, m.asset] += m.units
        moves = [m for m in moves if m.kind != 3 and VOID not in (m.giver, m.getter)]
        for m in moves:
            payers[m.getter].add(m.giver); payees[m.giver].add(m.getter)
            given[m.giver] += 1; got[m.getter] += 1; paid.add((m.giver, m.asset)); last[m.getter, m.asset] = block
        for m in moves:
            if (m.giver, m.asset) not in last or block - last[m.giver, m.asset] > 3200: late.add(m.giver)
    keeps = {a for a, asset in paid if kept[a, asset] > (dust if asset == "native" else 0)}
    found = {}
    for a in (set(payers) | set(payees)) - set(roles):
        to = next(iter(payees[a])) if len(payees[a]) == 1 else None
        if deposits and roles.get(to) == "service" and given[a] <= 1000 and got[a] <= 10000 and a not in late and a not in keeps: found[a] = "deposit-address"
        elif hubs and len(payers[a]) > hub and len(payees[a]) > hub: found[a] = "hub"
    return {**roles, **found}

def read_sources(path):
    with open(path, newline="", encoding="utf-8") as f:
        rows = [r for r in csv.reader(f) if r and r[0].strip().lower() != "address"]
    return [(address(r[0]), int(r[1]) if len(r) > 1 and r[1] else None, r[2] if len(r) > 2 and r[2] else None,
             int(r[3]) if len(r) > 3 and r[3] else None) for r in rows]

def trace(moves, sources, labels=None, policy="fifo", deposits=True, hubs=True, suspect=False, hub=1000, dust=0):
    """sources: (address, units, asset, time), the last three may be None. Returns the finished Tracer."""
    txs = list(order(moves)); gone = untraceable(moves)
    roles = stops(txs, labels, deposits, hubs, dust, hub) if labels is not None else {}
    accused = trace(moves, sources, labels, policy, deposits, hubs, False, hub, dust).suspicious() if suspect and policy != "poison" else ()
    t = Tracer(policy, roles, {s[0] for s in sources}, accused)
    for account, units, asset, time in sources:
        got = sorted({m.asset for m in moves if account in (m.getter, m.giver) and m.asset not in gone}, key=asset_key)
        received = sorted({m.asset for m in moves if m.getter == account and m.asset not in gone}, key=asset_key) or got
        if asset: received = [asset]
        elif units is not None and len(received) > 1: received = ["native"]
        for a in received: t.theft(account, a, units, time)
    for tx, time, _, ms in txs: t.transaction(tx, time, [m for m in ms if m.asset not in gone])
    return t.finish()
