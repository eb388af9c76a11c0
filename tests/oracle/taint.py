"""Stolen money through outputs, the slow and obvious way: FIFO and haircut.

An output's units are a list of runs (count, theft), theft None for clean ones; for haircut a dict theft -> units. FIFO joins the lists of
the inputs and cuts the result at the outputs; what is left over is the fee. Haircut gives outputs and fee, in this order, their shares.
"""


def cut(runs, size):
    """The first `size` units of a list of runs, and the rest."""
    front, back = [], []
    for n, theft in runs:
        take = min(n, size)
        size -= take
        if take: front.append((take, theft))
        if n > take: back.append((n - take, theft))
    return front, back


def shares(whole, weights):
    """Largest remainder; ties go to the earlier."""
    total = sum(weights)
    got = [whole * w // total for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for i in order[:whole - sum(got)]: got[i] += 1
    return got


def values(tx): return [value for value, _ in tx.outputs]


def steal(runs, theft):
    return [(n, t if t is not None else theft) for n, t in runs]


def fifo(blocks, stolen, fees):
    """stolen: (tx id, output number) -> theft. Gives (tx id, output number) -> runs, of every output, and the units spent as fees."""
    lies, spent = {}, {}
    for txs in blocks:
        pot = []
        for tx in txs[1:]:
            line = [run for t, n in tx.inputs for run in lies[t.id, n]]
            for n, value in enumerate(values(tx)):
                lies[tx.id, n], line = cut(line, value)
            pot += line
        coinbase, subsidy = txs[0], max(0, sum(values(txs[0])) - sum(n for n, _ in pot))
        if fees == "stop":
            for n, theft in pot: spent[theft] = spent.get(theft, 0) + n
            line = [(sum(values(coinbase)), None)]
        else:
            line = pot + [(subsidy, None)] if fees == "fees-first" else [(subsidy, None)] + pot
        for n, value in enumerate(values(coinbase)):
            lies[coinbase.id, n], line = cut(line, value)
        for tx in txs:
            for n in range(len(tx.outputs)):
                if (tx.id, n) in stolen: lies[tx.id, n] = steal(lies[tx.id, n], stolen[tx.id, n])
        # what was stolen in this block and moved in it again has moved clean above: such chains are not made
    return lies, spent


def haircut(blocks, stolen, fees):
    lies, spent = {}, {}
    for txs in blocks:
        pot, fee_units = {}, 0
        for tx in txs[1:]:
            total = sum(values(t)[n] for t, n in tx.inputs)
            fee = total - sum(values(tx))
            held = {}
            for t, n in tx.inputs:
                for theft, units in lies[t.id, n].items(): held[theft] = held.get(theft, 0) + units
            for n in range(len(tx.outputs)): lies[tx.id, n] = {}
            for theft, units in held.items():
                for n, got in enumerate(shares(units, values(tx) + [fee])):
                    into = lies[tx.id, n] if n < len(tx.outputs) else pot
                    into[theft] = into.get(theft, 0) + got
            fee_units += fee
        coinbase = txs[0]
        for n in range(len(coinbase.outputs)): lies[coinbase.id, n] = {}
        for theft, units in pot.items():
            if fees == "stop":
                spent[theft] = spent.get(theft, 0) + units
                continue
            lost = max(0, fee_units - sum(values(coinbase)))
            for n, got in enumerate(shares(units, values(coinbase) + [lost])[:-1]): lies[coinbase.id, n][theft] = got
        for tx in txs:
            for n, value in enumerate(values(tx)):
                if (tx.id, n) in stolen:
                    held = lies[tx.id, n]
                    free = value - sum(held.values())
                    theft = stolen[tx.id, n]
                    if free > 0: held[theft] = held.get(theft, 0) + free
    return lies, spent
