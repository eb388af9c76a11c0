"""Wrong use, help, documentation: what needs no ledger."""
import re
import shutil
import subprocess
import unittest

from program import USAGE, ProgramTest

COMMANDS = ["init", "import", "info", "verify", "label import", "label add", "label list", "label show", "account", "tx", "trace",
            "sources", "exposure", "bridge import", "bridge match", "mixer link", "patterns", "watch", "report", "lists add", "lists update", "lists show", "lists history", "lists verify",
            "lists diff", "help", "version"]


class Usage(ProgramTest):
    def test_every_command_has_help(self):
        for command in COMMANDS:
            out, err = self.run_plain(*command.split(), "--help")
            self.assertIn(f"usage: imjin {command}", out)
            self.assertIn("--workspace DIR", out)
            self.assertEqual(err, "")
            self.assertEqual(out, self.run_plain("help", *command.split())[0])

    def test_help_fits_a_terminal(self):
        for command in COMMANDS:
            usage_and_rest = self.run_plain(*command.split(), "--help")[0]
            text = usage_and_rest.split("\nExamples:")[0]
            self.assertEqual([line for line in text.splitlines() if len(line) > 80 and " " in line.strip()], [])

    def test_overview_lists_every_command(self):
        out = self.run_plain("--help")[0]
        self.assertEqual(out, self.run_plain("help")[0])
        for command in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {command} +\S")
        self.assertNotIn("documentation", out)
        self.assertIn("label show", self.run_plain("label", "--help")[0])

    def test_version(self):
        self.assertRegex(self.run_plain("version")[0], r"^imjin \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_plain("--version")[0], self.run_plain("version")[0])

    def test_unknown_words_get_the_nearest_suggestion(self):
        for words, suggestion in ((["trase"], "trace"), (["label", "improt"], "label import"), (["--wrokspace", "x", "info"], "--workspace"),
                                  (["trace", "--polcy", "fifo"], "--policy"), (["imprt", "x"], "import")):
            self.assertIn(f"did you mean {suggestion}?", self.run_plain(*words, status=USAGE)[1])
        self.assertNotIn("did you mean", self.run_plain("zzzzzz", status=USAGE)[1])

    def test_wrong_use(self):
        for words in ([], ["label"], ["import"], ["account"], ["account", "a", "b"], ["tx"], ["trace"], ["sources"], ["exposure"], ["report"],
                      ["init", "a", "b"], ["info", "extra"], ["trace", "--from"], ["trace", "--policy", "best", "--from", "x"],
                      ["trace", "--hops", "0", "--from", "x"], ["trace", "--hops", "-1", "--from", "x"],
                      ["trace", "--until", "tomorrow", "--from", "x"], ["trace", "--min-claim", "1.5", "--from", "x"],
                      ["import", "--memory", "lots", "f"], ["import", "--memory", "0", "f"], ["import", "--on-error", "guess", "f"],
                      ["import", "--format", "morse", "f"], ["info", "--format", "x"], ["info", "--json=yes"], ["info", "--threads", "0"],
                      ["info", "--threads", "2", "--threads", "3"], ["info", "-z"], ["info", "--chain"], ["help", "nothing"],
                      ["--no-such-thing"], ["documentation", "papyrus"]):
            with self.subTest(words=words):
                self.run_plain(*words, status=USAGE)

    def test_no_workspace_is_wrong_use_and_says_what_to_do(self):
        self.assertIn("imjin init", self.run_plain("info", status=USAGE)[1])
        self.assertIn("imjin init", self.imjin("info", status=USAGE)[1])

    def test_options_stand_anywhere_and_dashes_end_them(self):
        self.make()
        for words in (["info", "-w", self.w], ["-w", self.w, "info"], ["info", f"-w{self.w}"], ["info", f"--workspace={self.w}", "--"]):
            self.run_plain(*words)
        self.assertIn("--odd", self.imjin("import", "--", "--odd", status=3)[1])

    def test_hostile_words_are_shown_escaped(self):
        for words in (["\x1b[31mred"], ["info", "--\x1b[31m"], ["trace", "--policy", "\x1b[31m", "--from", "x"]):
            self.assertNotIn("\x1b", self.run_plain(*words, status=USAGE)[1])

    def test_workspace_is_found_upwards(self):
        self.make()
        below = self.w / "cases"
        self.run_plain("info", cwd=below)

    def test_init(self):
        self.make()
        before = self.contents()
        self.run_plain("init", self.w, status=USAGE)
        self.assertEqual(before, self.contents())
        (self.directory / "here").mkdir()
        self.run_plain("init", cwd=self.directory / "here")
        self.assertTrue((self.directory / "here" / "imjin.conf").exists())
        (self.directory / "full").mkdir()
        self.write("full/x", "")
        self.run_plain("init", self.directory / "full", status=USAGE)
        self.run_plain("init", self.directory / "c", "--chain", "planted")
        self.assertIn("chain = planted", (self.directory / "c" / "imjin.conf").read_text())
        self.run_plain("init", self.directory / "d", "--chain", "NOT A CHAIN", status=USAGE)


class Documentation(ProgramTest):
    def test_man_page_is_sound_and_complete(self):
        page = self.run_plain("documentation", "man")[0]
        for command in COMMANDS:
            self.assertIn('.SS "imjin ' + command.replace("-", "\\-"), page)
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "error"], input=page, text=True, capture_output=True)
            self.assertEqual((lint.returncode, lint.stdout), (0, ""))

    def complete(self, *words):
        """What bash completes the last of `words` to."""
        script = self.write("completion", self.run_plain("documentation", "bash")[0])
        line = " ".join(f"'{w}'" for w in words)
        program = f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _imjin; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, cwd=self.directory).stdout.split()

    def test_completion(self):
        self.assertEqual(self.complete("imjin", "tra"), ["trace"])
        self.assertEqual(self.complete("imjin", "lab"), ["label"])
        self.assertEqual(self.complete("imjin", "label", "sh"), ["show"])
        self.assertEqual(self.complete("imjin", "trace", "--poli"), ["--policy"])
        self.assertEqual(self.complete("imjin", "trace", "--policy", "hair"), ["haircut"])
        self.assertEqual(self.complete("imjin", "-w", "import", "ver"), ["verify", "version"])
        self.assertEqual(self.complete("imjin", "label", "add", "--conf"), ["--confidence"])
        self.assertNotIn("--policy", self.complete("imjin", "info", "--"))
        self.write("rows.csv", "")
        self.assertEqual(self.complete("imjin", "import", "ro"), ["rows.csv"])
        self.assertNotIn("documentation", self.complete("imjin", ""))

    def test_every_option_is_explained(self):
        page = self.run_plain("documentation", "man")[0].replace("\\-", "-")
        helps = "".join(self.run_plain(*c.split(), "--help")[0] for c in COMMANDS)
        for option in set(re.findall(r"--[a-z-]+", helps)) - {"--"}:
            self.assertIn(option, page)


if __name__ == "__main__":
    unittest.main()
