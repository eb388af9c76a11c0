"""Comparing given pairs: one line a pair, in order, whole or not at all."""
import json
import pathlib
import resource
import unittest

from program import BAD_INPUT, IMJIN, MACHINE, USAGE, ProgramTest, limited

COMPARE_NAMES_MAX = 256
COMPARE_VALUES_MAX = 256


def pair(number, query, candidate, schema="Person", **more):
    return json.dumps({"id": f"p{number}", "schema": schema, "query": query, "candidate": candidate, **more}, ensure_ascii=False) + "\n"


def named(query, candidate, number=0, **more):
    return pair(number, {"name": [query]}, {"name": [candidate]}, **more)


class Compare(ProgramTest):
    def compare(self, text, *words, status=0):
        out = self.directory / "results.jsonl"
        self.run_plain("compare", "--input", self.write("pairs.jsonl", text), "--output", out, *words, status=status)
        if status:
            return None
        lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        for line in lines:
            self.conforms(line)
        return lines

    def test_lines(self):
        lines = self.compare(named("Kim Chol Su", "Gim Cheol-su", 1) + named("Kim Chol Su", "Kim Yong Su", 2)
                             + pair(3, {"name": "...", "birthDate": ["1944-10-13"]}, {"name": ["Kim Chol Su"]})
                             + pair(4, {"name": ["A. B."], "imoNumber": ["IMO 9116498"]}, {"name": ["C"], "imoNumber": ["9116498"]}, "Vessel"))
        self.assertEqual([line["id"] for line in lines], ["p1", "p2", "p3", "p4"])
        self.assertEqual([line["match"] for line in lines], [True, False, False, True])
        self.assertEqual([lines[2]["score"], lines[3]["score"]], [0, 1])
        self.assertEqual(lines[0]["parts"][0]["rule"], "korean reading")

    def test_standard_output_is_the_same(self):
        text = "".join(named("Vladimir Putin", "PUTIN, Vladimir V.", n) for n in range(3))
        self.compare(text)
        said = self.run_plain("compare", "--input", "-", stdin=text)[0]
        self.assertEqual(said, (self.directory / "results.jsonl").read_text())

    def test_threshold(self):
        text = named("Vladimir Putin", "Vladimir Vladimirovich Putin")
        self.assertTrue(self.compare(text, "--threshold", 700)[0]["match"])
        self.assertFalse(self.compare(text, "--threshold", 990)[0]["match"])

    def test_empty(self):
        self.assertEqual(self.compare(""), [])

    def test_failure_leaves_the_old_file(self):
        good = named("Kim Chol Su", "Kim Chol Su")
        self.compare(good)
        before = (self.directory / "results.jsonl").read_bytes()
        for bad in ("{\"id\":1", "[]\n", "{}\n", named("a", "b")[:-9] + "\n", pair(1, {"name": {}}, {"name": ["x"]}), "\x00\n"):
            with self.subTest(bad=bad):
                self.compare(good + bad, status=BAD_INPUT)
        self.assertEqual(sorted(p.name for p in self.directory.iterdir()), ["pairs.jsonl", "results.jsonl"])
        self.assertEqual((self.directory / "results.jsonl").read_bytes(), before)

    def test_full_disk(self):
        text = "".join(named("Vladimir Putin", "PUTIN, Vladimir V.", n) for n in range(2000))
        self.run_plain("compare", "--input", self.write("pairs.jsonl", text), "--output", self.directory / "results.jsonl",
                       status=MACHINE, preexec_fn=limited(300000))
        self.assertEqual([p.name for p in self.directory.iterdir()], ["pairs.jsonl"])

    def test_no_such_place(self):
        self.run_plain("compare", "--input", self.write("pairs.jsonl", ""), "--output", self.directory / "none" / "x", status=MACHINE)
        self.run_plain("compare", "--input", self.directory / "none", status=BAD_INPUT)
        self.run_plain("compare", status=USAGE)

    def test_faults_left_out(self):
        lines = self.compare(named("a b", "a b", 1) + "nonsense\n" + named("a b", "a b", 2), "--on-error", "skip")
        self.assertEqual([line["id"] for line in lines], ["p1", "p2"])

    def test_limits(self):
        fits = pair(1, {"name": ["a"] * COMPARE_NAMES_MAX, "idNumber": ["123456"] * COMPARE_VALUES_MAX}, {"name": ["a b"]})
        self.assertEqual(len(self.compare(fits)), 1)
        self.compare(pair(1, {"name": ["a"] * (COMPARE_NAMES_MAX + 1)}, {"name": ["a"]}), status=BAD_INPUT)
        self.compare(pair(1, {"name": ["a"], "idNumber": ["1"] * (COMPARE_VALUES_MAX + 1)}, {"name": ["a"]}), status=BAD_INPUT)
        self.compare(named("x" * 4097, "x"), status=BAD_INPUT)
        self.compare(named("x " * 65, "x"), status=BAD_INPUT)

    @unittest.skipIf(b"__asan_init" in pathlib.Path(IMJIN).read_bytes(), "a sanitizer's memory is its own")
    def test_memory_is_bounded(self):
        """Some 20 MB of results in memory that would not hold them."""
        path = self.write("pairs.jsonl", named("Vladimir Vladimirovich Putin", "PUTIN, Vladimir V.") * 60000)

        def bound():
            resource.setrlimit(resource.RLIMIT_DATA, (12 << 20, 12 << 20))
        out = self.directory / "results.jsonl"
        self.run_plain("compare", "--input", path, "--output", out, preexec_fn=bound)
        self.assertGreater(out.stat().st_size, 12 << 20)

    def test_modes(self):
        text = named("nicolas maduro", "nicolas moros maduro", 1) + named("JSC ARGUMENT", "JSCARGUMENT", 2)
        self.assertEqual([round(line["score"], 2) for line in self.compare(text, "--mode", "jaro-winkler")], [0.96, 0.41])
        joined = named("JSC ARGUMENT", "JSCARGUMENT", 3)
        self.assertEqual(self.compare(joined, "--mode", "jaro-winkler-joined")[0]["score"], 1)
        self.assertEqual(self.compare(named("PUTIN VLADIMIR", "TURIN, Vladimir"), "--mode", "ofac")[0]["match"], True)
        self.assertEqual(self.compare(named("Владимир Путин", "PUTIN, Vladimir"), "--mode", "ofac")[0]["score"], 0)


if __name__ == "__main__":
    unittest.main()
