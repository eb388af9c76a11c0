"""Drives the program as a user would: a workspace in a temporary directory, command lines, exit codes, files.

IMJIN names the program; without it build/imjin of the checkout is driven.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMJIN = os.environ.get("IMJIN", str(ROOT / "build" / "imjin"))

OK, NOT_FOUND, USAGE, BAD_INPUT, MACHINE = range(5)
SECONDS_MAX = 600  # a hang is a failure; nothing here takes a tenth of it

VOID = "0x" + "0" * 40
HEADER = "time,block,tx,from,to,asset,amount"


def address(number):
    return f"0x{number:040x}"


def tx(number):
    return f"0x{number:064x}"


THIEF, HELPER, FRIEND, EXCHANGE, USER = (address(0xA0 + i) for i in range(5))

# The thief gets 1000, sends 600 to the helper and 400 to the exchange; the helper sends 250 on and keeps 350.
STORY = [
    (1000, 10, tx(1), VOID, THIEF, "USD", 1000),
    (1010, 11, tx(2), THIEF, HELPER, "USD", 600),
    (1020, 12, tx(3), THIEF, EXCHANGE, "USD", 400),
    (1030, 13, tx(4), HELPER, FRIEND, "USD", 250),
    (1040, 14, tx(5), VOID, USER, "USD", 77),
]


def csv(rows, header=HEADER):
    return "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None), "number": (int, float)}
KEYWORDS = {"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties", "items", "enum", "const",
            "pattern", "minimum", "maximum", "anyOf", "oneOf"}


def has_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def faults(value, schema, root, where="document"):
    """What of a document breaks its JSON Schema: as much of the standard as docs/schema uses, and nothing else."""
    if schema is False:
        yield f"{where} is not allowed"
    if isinstance(schema, bool):
        return
    unknown = set(schema) - KEYWORDS
    assert not unknown, f"the schema at {where} uses {unknown}, which nothing checks"
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    for choice in ("anyOf", "oneOf"):
        if choice in schema and all(any(True for _ in faults(value, s, root, where)) for s in schema[choice]):
            yield f"{where} is none of {choice}"
    types = schema.get("type", [])
    if types and not any(has_type(value, t) for t in ([types] if isinstance(types, str) else types)):
        yield f"{where} is {value!r}, not {types}"
        return
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where} is {value!r}, not like {schema['pattern']}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{where} is {value}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{where} has no {name}" for name in schema.get("required", []) if name not in value)
        for name, member in value.items():
            yield from faults(member, known.get(name, schema.get("additionalProperties", True)), root, f"{where}.{name}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from faults(item, schema.get("items", True), root, f"{where}[{i}]")


def schema_of(name):
    """The schema of "imjin.x/1" in docs/schema."""
    path = ROOT / "docs" / "schema" / (re.fullmatch(r"imjin\.([a-z-]+)/1", name)[1] + ".schema.json")
    return json.loads(path.read_text(encoding="utf-8"))


class ProgramTest(unittest.TestCase):
    """A fresh directory a test; self.w is its workspace once made()."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="imjin-e2e-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.w = self.directory / "w"

    def start(self, *arguments, **options):
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        # a sanitizer's finding must not look like an exit code of ours
        environment.setdefault("ASAN_OPTIONS", "exitcode=99:allocator_may_return_null=1")
        environment.setdefault("UBSAN_OPTIONS", "halt_on_error=1:exitcode=99:print_stacktrace=1")
        environment.update(options.pop("environment", {}))
        options.setdefault("cwd", self.directory)
        return subprocess.Popen([IMJIN, *map(str, arguments)], env=environment, **options)

    def run_plain(self, *arguments, status=OK, stdin=None, **options):
        """Runs the program; fails unless it exits with `status`. Gives (stdout, stderr)."""
        process = self.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = process.communicate(data, timeout=SECONDS_MAX)
        out, err = out.decode(errors="replace"), err.decode(errors="replace")
        self.assertEqual(process.returncode, status, f"imjin {' '.join(map(str, arguments))}\n{out}\n{err}")
        if status not in (OK, NOT_FOUND):
            self.assertEqual(out, "", "a failure leaves no half a result")
        if status in (USAGE, BAD_INPUT, MACHINE):
            self.assertRegex(err, r"(?m)^imjin: .+\n\Z", "an error is one line")
        return out, err

    def imjin(self, *arguments, **options):
        return self.run_plain("--workspace", self.w, *arguments, **options)

    def json(self, *arguments, schema, **options):
        said = json.loads(self.imjin(*arguments, "--json", **options)[0])
        self.assertEqual(said["schema"], schema)
        self.conforms(said)
        return said

    def conforms(self, document):
        schema = schema_of(document["schema"])
        self.assertEqual(list(faults(document, schema, schema)), [])

    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def make(self):
        self.run_plain("init", self.w)

    def make_story(self):
        self.make()
        self.imjin("import", "--chain", "test", self.write("movements.csv", csv(STORY)))
        self.imjin("label", "import", self.write("labels.csv", f"address,category\n{EXCHANGE},exchange\n"))

    def contents(self):
        """Every file of the workspace with its bytes; lock files aside, which are empty and say nothing."""
        return {p.relative_to(self.w): p.read_bytes() for p in sorted(self.w.rglob("*")) if p.is_file() and p.name != "lock"}

    def identity(self, chain="test"):
        return next(c["identity"] for c in self.json("info", schema="imjin.info/1")["chains"] if c["chain"] == chain)


def limited(bytes_max):
    """For preexec_fn: no file may grow past bytes_max; writing then fails as on a full disk."""
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    return limit
