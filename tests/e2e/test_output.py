"""Standard output closed, full, or read no further; files written whole; progress and signals."""
import os
import pty
import signal
import subprocess
import unittest

from program import BAD_INPUT, MACHINE, SECONDS_MAX, STORY, THIEF, USAGE, ProgramTest, csv, limited


class Output(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make_story()
        self.words = ("trace", "--from", THIEF, "--json")

    def test_full(self):
        with open("/dev/full", "wb") as full:
            process = self.start("-w", self.w, *self.words, stdout=full, stderr=subprocess.PIPE)
            self.assertIn(b"standard output", process.communicate(timeout=SECONDS_MAX)[1])
            self.assertEqual(process.returncode, MACHINE)

    def test_closed(self):
        process = self.start("-w", self.w, *self.words, preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
        self.assertIn(b"closed", process.communicate(timeout=SECONDS_MAX)[1])
        self.assertEqual(process.returncode, MACHINE)

    def test_all_descriptors_closed_harm_no_file(self):
        before = self.contents()
        process = self.start("-w", self.w, *self.words, preexec_fn=lambda: os.closerange(0, 3))
        self.assertEqual(process.wait(timeout=SECONDS_MAX), MACHINE)
        self.assertEqual(before, self.contents())

    def test_reader_that_went_away_is_no_drama(self):
        read, write = os.pipe()
        os.close(read)
        process = self.start("-w", self.w, *self.words, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        self.assertEqual(process.communicate(timeout=SECONDS_MAX)[1], b"")
        self.assertEqual(process.returncode, MACHINE)

    def test_to_a_file(self):
        path = self.directory / "out.json"
        out, _ = self.imjin(*self.words, "--output", path)
        self.assertEqual(out, "")
        self.assertEqual(path.read_text(), self.imjin(*self.words)[0])

    def test_a_file_that_cannot_be_written_keeps_what_it_had(self):
        path = self.write("out.json", "before")
        for option in ("--output", "--reached", "--csv", "--html"):
            self.imjin("trace", "--from", THIEF, option, path, status=MACHINE, preexec_fn=limited(10))
            self.assertEqual(path.read_text(), "before")
        self.imjin(*self.words, "--output", self.directory / "no" / "such", status=MACHINE)
        self.imjin(*self.words, "--output", self.directory, status=USAGE)
        self.assertEqual(list(self.directory.glob("*.tmp")), [])

    def test_a_failed_trace_says_what_it_left(self):
        path = self.write("reached.csv", "before")
        _, said = self.imjin("trace", "--from", "0x12", "--reached", path, status=BAD_INPUT)
        self.assertIn("reached.csv is as it was before", said)
        self.assertEqual(path.read_text(), "before")

    def test_devices_are_written_to_and_not_replaced(self):
        self.imjin(*self.words, "--output", "/dev/full", status=MACHINE)
        self.imjin("trace", "--from", THIEF, "--reached", "/dev/full", status=MACHINE)
        self.imjin("trace", "--from", THIEF, "--reached", "/dev/null")
        self.assertFalse(os.path.isfile("/dev/full") or os.path.isfile("/dev/null"))

    def test_links_stay_links(self):
        target = self.write("target.json", "")
        (self.directory / "link").symlink_to(target)
        self.imjin(*self.words, "--output", self.directory / "link")
        self.assertTrue((self.directory / "link").is_symlink())
        self.assertIn("imjin.trace/1", target.read_text())

    def test_quiet(self):
        path = self.write("more.csv", csv([(2000, 20, "0x" + "9" * 64, THIEF, THIEF[:-1] + "f", "USD", 1)]))
        self.assertEqual(self.imjin("import", "--quiet", "--chain", "test", path), ("", ""))


class Stopping(ProgramTest):
    """Signals reach an import that waits for its input."""

    def begin(self, **options):
        self.make()
        process = self.start("-w", self.w, "import", "--chain", "test", "--format", "movements", "-", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        rows = csv(STORY).encode()
        process.stdin.write(rows)
        process.stdin.flush()
        while not (self.w / "ledger" / "test").exists():
            self.assertIsNone(process.poll())
        return process

    def test_a_signal_stops_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number):
                self.w = self.directory / f"w{number}"
                process = self.begin()
                process.send_signal(number)
                many = csv([(5000 + i, 50 + i, f"0x{i + 1000:064x}", THIEF, STORY[1][4], "USD", 1) for i in range(300000)]).encode()
                try:
                    out, err = process.communicate(many.split(b"\n", 1)[1], timeout=SECONDS_MAX)
                except BrokenPipeError:
                    out, err = process.communicate(timeout=SECONDS_MAX)
                self.assertEqual((process.returncode, out), (MACHINE, b""))
                self.assertIn(b"stopped on request", err)
                self.imjin("verify")
                self.imjin("import", "--chain", "test", self.write("m.csv", csv(STORY)))

    def test_a_second_signal_ends_at_once(self):
        process = self.begin()
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
        self.assertEqual(process.returncode, -signal.SIGINT)
        process.communicate()

    def test_progress_is_drawn_on_a_terminal_only(self):
        self.make()
        path = self.write("m.csv", csv([(i, i, f"0x{i + 1:064x}", THIEF, STORY[1][4], "USD", 1) for i in range(400000)]))
        for words, drawn in (([], True), (["--no-progress"], False), (["--quiet"], False)):
            with self.subTest(words=words):
                self.w = self.directory / f"w{len(words) and words[0]}"
                self.make()
                main, side = pty.openpty()
                process = self.start("-w", self.w, "import", *words, "--chain", "test", path, stdout=subprocess.PIPE, stderr=side,
                                     environment={"TERM": "xterm"})
                os.close(side)
                said = b""
                while True:
                    try:
                        more = os.read(main, 65536)
                    except OSError:
                        break
                    if not more:
                        break
                    said += more
                os.close(main)
                process.communicate(timeout=SECONDS_MAX)
                self.assertEqual(process.returncode, 0)
                self.assertEqual(b"\r\x1b[K" in said, drawn, said)


if __name__ == "__main__":
    unittest.main()
