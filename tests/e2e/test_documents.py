"""The documents say what the program does: limits, JSON schemas, command lines."""
import json
import re
import subprocess
import unittest

from program import ROOT, ProgramTest


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
        for path in (ROOT / "docs/schema").glob("*.json"):
            self.assertIn("$schema", json.loads(path.read_text()), path.name)

    def test_command_lines(self):
        """Every command and option that a document shows is one that the program has."""
        commands = re.findall(r"(?m)^  (\S+(?: \S+)?)  +\S", self.run_plain("help")[0].split("\nOptions of")[0])
        known = {c: set(re.findall(r"--[a-z-]+", self.run_plain(*c.split(), "--help")[0])) for c in commands}
        shown = 0
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for line in re.findall(r"(?m)^(?:    |\$ |)(?:build/)?imjin ([a-z-].*)$", path.read_text(encoding="utf-8")):
                words = re.sub(r"^(--workspace|-w) \S+ ", "", line).split()
                command = " ".join(words[:2]) if words[0] == "label" else words[0]
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
