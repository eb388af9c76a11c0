"""The documents say what the program does: limits, JSON schemas, command lines."""
import json
import re
import subprocess
import unittest

from program import EXCHANGE, HELPER, ROOT, STORY, THIEF, USER, ProgramTest, csv, faults, schema_of, tx


def sources(pattern):
    return {p: p.read_text(encoding="utf-8") for p in sorted((ROOT / "src").rglob(pattern))}


class Documents(ProgramTest):
    def test_limits(self):
        rows = re.findall(r"(?m)^\| `([A-Z_]+)` \| ([^|]+) \|", (ROOT / "docs/limits.md").read_text())
        self.assertGreater(len(rows), 25)
        headers = "\n".join(sources("*.h").values())
        for name, value in rows:
            with self.subTest(name=name):
                self.assertRegex(headers, rf"\b{name} = {re.escape(value)}\s*[,}}]")
        for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", (ROOT / "docs/limits.md").read_text()):
            self.assertIn(name, headers)

    def test_schemas(self):
        named = set(re.findall(r"`(imjin\.[a-z-]+/\d+)`", (ROOT / "docs/json.md").read_text()))
        written = {name for text in sources("*.c").values() for name in re.findall(r"imjin\.[a-z-]+/\d+", text)}
        self.assertEqual(named, written)
        files = {f"imjin.{path.name.removesuffix('.schema.json')}/1": path for path in (ROOT / "docs/schema").glob("*.schema.json")}
        self.assertEqual(set(files), written)
        for name, path in files.items():
            schema = json.loads(path.read_text())
            self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
            self.assertEqual(schema["properties"]["schema"], {"const": name})

    def test_small_documents(self):
        self.conforms(json.loads(self.run_plain("init", self.w, "--json")[0]))
        self.conforms(json.loads(self.run_plain("version", "--json")[0]))
        rows = self.write("m.csv", csv([*STORY, (1, "x", tx(9), THIEF, HELPER, "USD", 5)]))
        said = self.json("import", "--chain", "test", "--on-error", "skip", rows, schema="imjin.import/1")
        self.assertEqual((said["movements_added"], said["files"][0]["bad"], said["files"][0]["skipped"][0]["value"]), (5, 1, "x"))
        labels = self.write("labels.csv", f"address,category\n{EXCHANGE},exchange\n0x12,exchange\n")
        said = self.json("label", "import", "--on-error", "skip", labels, schema="imjin.label-import/1")
        self.assertEqual((said["tags_added"], said["skipped"], said["skipped_first"][0]["line"]), (1, 1, 3))
        self.json("label", "add", USER, "A person", schema="imjin.label-add/1")

    def test_the_check_of_schemas_can_fail(self):
        schema = schema_of("imjin.label-add/1")
        good = {"schema": "imjin.label-add/1", "address": "0x", "label": "x"}
        self.assertEqual(list(faults(good, schema, schema)), [])
        for bad in ({**good, "label": 1}, {**good, "more": 1}, {**good, "schema": "imjin.label-add/2"}, {"schema": good["schema"]}, []):
            self.assertNotEqual(list(faults(bad, schema, schema)), [], bad)

    def test_command_lines(self):
        """Every command and option that a document shows is one that the program has."""
        commands = re.findall(r"(?m)^  (\S+(?: \S+)?)  +\S", self.run_plain("help")[0].split("\nOptions of")[0])
        known = {c: set(re.findall(r"--[a-z-]+", self.run_plain(*c.split(), "--help")[0])) for c in commands}
        shown = 0
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for line in re.findall(r"(?m)^(?:    |\$ |)(?:build/)?imjin ([a-z-].*)$", path.read_text(encoding="utf-8")):
                words = re.sub(r"^(--workspace|-w) \S+ ", "", line).split()
                command = " ".join(words[:2]) if words[0] in ("label", "lists", "decide") else words[0]
                with self.subTest(path=path.name, line=line):
                    self.assertIn(command, known)
                    self.assertLessEqual({w.split("=")[0] for w in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", w)}, known[command])
                shown += 1
        self.assertGreater(shown, 3)

    def test_scripts_say_how_they_are_used(self):
        for path in sorted((ROOT / "script").iterdir()):
            if path.is_file():
                self.assertRegex(path.read_text(encoding="utf-8").splitlines()[0], r"^#!/usr/bin/env (bash|python3)$")
                self.assertTrue(path.stat().st_mode & 0o111, path.name)
        for words, status in ((["script/fuzz"], 2), (["script/bootstrap", "nonsense"], 2)):
            self.assertEqual(subprocess.run(words, cwd=ROOT, capture_output=True).returncode, status, words)


if __name__ == "__main__":
    unittest.main()
