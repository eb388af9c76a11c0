"""Valid block files of Bitcoin's regression test chain, written by hand: enough of the protocol for chains whose every unit is known."""
import hashlib, struct

MAGIC, BITS, GENESIS = bytes.fromhex("fabfb5da"), 0x207fffff, bytes.fromhex("06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f")
GENESIS_BLOCK = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa"
    "4b1e5e4adae5494dffff7f20020000000101000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d"
    "0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f75742066"
    "6f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4"
    "f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000")


def twice(data): return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def count(n): return bytes([n]) if n < 0xfd else b"\xfd" + struct.pack("<H", n) if n < 1 << 16 else b"\xfe" + struct.pack("<I", n)


def lock(number):
    """A P2PKH script of its own for every number."""
    return b"\x76\xa9\x14" + hashlib.sha256(b"owner %d" % number).digest()[:20] + b"\x88\xac"


class Tx:
    """inputs: (Tx, output number) each, [] for a coinbase; outputs: (value, script) each."""

    def __init__(self, inputs, outputs, height=0):
        self.inputs, self.outputs = inputs, outputs
        if inputs: ins = b"".join(t.id + struct.pack("<I", n) + b"\0" + b"\xff" * 4 for t, n in inputs)
        else: ins = bytes(32) + b"\xff" * 4 + b"\x04\x03" + struct.pack("<I", height)[:3] + b"\xff" * 4
        outs = b"".join(struct.pack("<Q", value) + count(len(script)) + script for value, script in outputs)
        self.bytes = struct.pack("<I", 1) + count(max(1, len(inputs))) + ins + count(len(outputs)) + outs + bytes(4)
        self.id = twice(self.bytes)

    def hex(self): return self.id[::-1].hex()


def merkle(ids):
    while len(ids) > 1:
        ids = [twice(ids[i] + ids[min(i + 1, len(ids) - 1)]) for i in range(0, len(ids), 2)]
    return ids[0]


def block(previous, height, txs):
    head = struct.pack("<I", 4) + previous + merkle([t.id for t in txs]) + struct.pack("<II", 1296688602 + 600 * height, BITS)
    nonce = 0
    while twice(head + struct.pack("<I", nonce))[31] > 0x7f: nonce += 1  # a hash under the target: every second one
    head += struct.pack("<I", nonce)
    return twice(head), head + count(len(txs)) + b"".join(t.bytes for t in txs)


def write(path, blocks):
    """blocks: lists of Tx, the coinbase first, for heights 1, 2, ...; the first block of the chain is put before them."""
    previous, out = GENESIS, MAGIC + struct.pack("<I", len(GENESIS_BLOCK)) + GENESIS_BLOCK
    for height, txs in enumerate(blocks, 1):
        previous, data = block(previous, height, txs)
        out += MAGIC + struct.pack("<I", len(data)) + data
    path.write_bytes(out)
