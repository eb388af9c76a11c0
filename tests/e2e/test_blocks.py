"""Chains of outputs from raw blocks: a made-up regtest chain with known answers, read in every way a node gives it."""
import hashlib
import json
import struct
import unittest

from program import BAD_INPUT, NOT_FOUND, OK, ProgramTest

COIN = 100_000_000
MAGIC = bytes.fromhex("fabfb5da")
GENESIS_COINBASE = bytes.fromhex(
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d6573203033"
    "2f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff01"
    "00f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df"
    "7ba0b8d578a4c702b6bf11d5fac00000000")


def twice(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(digest):
    return digest[::-1].hex()


def root_of(hashes):
    while len(hashes) > 1:
        if len(hashes) % 2:
            hashes = [*hashes, hashes[-1]]
        hashes = [twice(hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def key_hash(who):
    return b"\x76\xa9\x14" + bytes([who]) * 20 + b"\x88\xac"


def witness_key_hash(who):
    return b"\x00\x14" + bytes([who]) * 20


def base58(version, payload):
    data = bytes([version]) + payload
    data += twice(data)[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def count(number):
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + struct.pack("<H", number) if number < 0x10000 else b"\xfe" + struct.pack("<I", number)


class Tx:
    def __init__(self, ins, outs, witness=None, script=b""):
        body = count(len(ins))
        for digest, place in ins:
            body += digest + struct.pack("<I", place) + count(len(script)) + script + b"\xff" * 4
        body += count(len(outs)) + b"".join(struct.pack("<Q", value) + count(len(lock)) + lock for value, lock in outs)
        plain = b"\2\0\0\0" + body + b"\0" * 4
        self.bytes = plain if witness is None else b"\2\0\0\0\0\1" + body + witness * len(ins) + b"\0" * 4
        self.id, self.witness_id = twice(plain), twice(self.bytes)


class Chain:
    """Blocks one on the other; `records` are as a node's file holds them."""

    def __init__(self):
        self.records, self.coinbases, self.height = [], [], -1
        self.tip = b"\0" * 32
        self.put(1, twice(GENESIS_COINBASE), [GENESIS_COINBASE], 1296688602, 2)
        self.coinbases.append(twice(GENESIS_COINBASE))

    def put(self, version, root, txs, time, nonce=None):
        head = struct.pack("<I", version) + self.tip + root + struct.pack("<II", time, 0x207FFFFF)
        nonce = 0 if nonce is None else nonce
        while twice(head + struct.pack("<I", nonce))[31] > 0x7E:
            nonce += 1
        head += struct.pack("<I", nonce)
        self.tip = twice(head)
        self.height += 1
        block = head + bytes([len(txs)]) + b"".join(txs)
        self.records.append(MAGIC + struct.pack("<I", len(block)) + block)

    def add(self, who, *txs):
        height = struct.pack("<I", self.height + 1)[:3]
        commitment = twice(root_of([b"\0" * 32, *(t.witness_id for t in txs)]) + b"\0" * 32)
        coinbase = Tx([(b"\0" * 32, 0xFFFFFFFF)], [(50 * COIN, key_hash(who)), (0, b"\x6a\x24\xaa\x21\xa9\xed" + commitment)],
                      witness=b"\1\x20" + b"\0" * 32, script=b"\3" + height + b"\0\0")
        self.coinbases.append(coinbase.id)
        self.put(0x20000000, root_of([coinbase.id, *(t.id for t in txs)]), [coinbase.bytes, *(t.bytes for t in txs)],
                 1300000000 + 600 * self.height)


ALICE, BOB, CAROL = 201, 202, 203


def story():
    """Alice gets 50 of block 1; pays 20 to Bob with a memo and keeps 29; Bob pays 19.5 to Carol."""
    chain = Chain()
    chain.add(ALICE)
    for who in range(2, 103):
        chain.add(who)
    pay = Tx([(chain.coinbases[1], 0)],
             [(20 * COIN, witness_key_hash(BOB)), (0, b"\x6a\x04memo"), (29 * COIN, key_hash(ALICE))])
    chain.add(9, pay)
    on = Tx([(pay.id, 0)], [(19 * COIN + COIN // 2, witness_key_hash(CAROL))], witness=b"\2\1\7\1\7")
    chain.add(9, on)
    return chain, pay, on


class Blocks(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()
        self.chain, self.pay, self.on = story()

    def put_file(self, name, data):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def blocks(self, *arguments, status=OK):
        out = self.imjin("import", "--chain", "bitcoin-regtest", "--json", *arguments, status=status)
        return json.loads(out[0]) if status == OK else out

    def test_story(self):
        path = self.put_file("in/blk00000.dat", b"".join(self.chain.records))
        said = self.json("import", "--chain", "bitcoin-regtest", path, schema="imjin.import-blocks/1")
        self.assertEqual((said["blocks_added"], said["transactions_added"], said["inputs_added"], said["height_last"]), (105, 107, 2, 104))
        alice = self.json("account", base58(0x6F, bytes([ALICE]) * 20), schema="imjin.outputs-account/1")
        self.assertEqual((alice["received_amount"], alice["spent_amount"], alice["held_amount"], alice["outputs"]), ("79", "50", "29", 2))
        self.assertEqual([h["tx"] for h in alice["history"]], [shown(self.chain.coinbases[1]), shown(self.pay.id)])
        pay = self.json("tx", shown(self.pay.id), schema="imjin.outputs-tx/1")
        self.assertEqual((pay["fee"], pay["height"], pay["index"]), (str(COIN), 103, 1))
        self.assertEqual([o["spent_by"] for o in pay["outputs"]], [shown(self.on.id), None, None])
        self.assertEqual(pay["outputs"][1]["script"], "6a046d656d6f")
        self.assertEqual(pay["inputs"][0]["address"], base58(0x6F, bytes([ALICE]) * 20))
        first = self.json("tx", "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", schema="imjin.outputs-tx/1")
        self.assertEqual((first["coinbase"], first["outputs"][0]["kind"], first["outputs"][0]["value"]), (True, "pubkey", str(50 * COIN)))
        info = self.json("info", schema="imjin.info/1")["chains"][0]
        self.assertEqual((info["chain"], info["blocks"], info["outputs"], info["partial"]), ("bitcoin-regtest", 105, 213, False))
        self.assertTrue(self.json("verify", schema="imjin.verify/1")["sound"])
        # one identity however the address is written
        text = self.imjin("account", pay["outputs"][0]["address"].upper())[0]
        self.assertIn("received", text)
        self.assertIn("19.5 BTC", self.imjin("tx", shown(self.on.id))[0])
        self.imjin("account", base58(0x6F, b"\xee" * 20), status=NOT_FOUND)
        self.imjin("account", base58(0x00, bytes([ALICE]) * 20), status=BAD_INPUT)

    def test_a_node_that_goes_on(self):
        """Two files, obfuscated, the last block cut; then all of it. The same as at once."""
        key = bytes([1, 2, 3, 4, 250, 6, 7, 8])

        def hidden(data):
            return bytes(b ^ key[i % 8] for i, b in enumerate(data))

        self.put_file("node/blocks/xor.dat", key)
        self.put_file("node/blocks/blk00000.dat", hidden(b"".join(self.chain.records[:50])))
        last = b"".join(self.chain.records[50:])
        self.put_file("node/blocks/blk00001.dat", hidden(last[:-10]))
        said = self.blocks(self.directory / "node")
        self.assertEqual((said["blocks_added"], said["bytes_unfinished"]), (104, len(self.chain.records[-1]) - 10))
        self.put_file("node/blocks/blk00001.dat", hidden(last))
        said = self.blocks(self.directory / "node")
        self.assertEqual((said["blocks_added"], said["blocks_known"], said["bytes_unfinished"]), (1, 104, 0))
        self.assertTrue(self.json("verify", schema="imjin.verify/1")["sound"])

    def test_large(self):
        """More than 65,536 inputs and outputs, and the longest scripts."""
        many = Tx([(self.chain.coinbases[2], 0)], [(1, b"\x51")] * 66_000)
        long = Tx([(self.chain.coinbases[3], 0)], [(1, b"\x61" * 10_001), (2, b"\x6a" + b"x" * 400_000), (3, b"")])
        all_of_them = Tx([(many.id, i) for i in range(66_000)], [(66_000, key_hash(77))])
        self.chain.add(9, many, long, all_of_them)
        said = self.blocks(self.put_file("in/blk00000.dat", b"".join(self.chain.records)))
        self.assertEqual((said["inputs_added"], said["outputs_added"]), (66_004, 213 + 66_000 + 3 + 1 + 2))
        self.assertTrue(self.json("verify", schema="imjin.verify/1")["sound"])
        self.assertEqual(self.json("account", base58(0x6F, bytes([77]) * 20), schema="imjin.outputs-account/1")["held"], str(66_000 + 50 * COIN))
        self.assertEqual(len(self.json("tx", shown(all_of_them.id), schema="imjin.outputs-tx/1")["inputs"]), 66_000)

    def test_witnesses(self):
        """Without its witnesses a block still has its ids; with others it is refused."""
        record = self.chain.records[-1]
        at = record.rindex(b"\2\1\7\1\7")
        changed = [*self.chain.records[:-1], record[:at] + b"\2\1\7\1\6" + record[at + 5:]]
        said = self.blocks(self.put_file("in/blk00000.dat", b"".join(changed)), status=BAD_INPUT)
        self.assertIn("witnesses are not those", said[1])

    def test_refused(self):
        good = b"".join(self.chain.records)
        bad = bytearray(good)
        bad[-3] ^= 1  # the last transaction's locktime
        path = self.put_file("in/blk00000.dat", bytes(bad))
        said = self.blocks(path, status=BAD_INPUT)
        self.assertIn("merkle root", said[1])
        self.assertIn("blk00000.dat", said[1])
        self.imjin("account", base58(0x6F, bytes([ALICE]) * 20), status=NOT_FOUND)
        self.assertEqual(list((self.w / "ledger").glob("*")), [])
        stripped = self.put_file("in/other.dat", b"not blocks, nor anything else that is known\n")
        self.blocks(stripped, status=BAD_INPUT)


if __name__ == "__main__":
    unittest.main()
