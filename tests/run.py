#!/usr/bin/env python3
"""Builds every variant and runs every test; the last line counts them.

usage: tests/run.py [--list] [--again] [STEP...]

What a step found is kept in its build directory with a hash of all sources and tests. The sanitizer and valgrind steps, which
take minutes, are not run again on the same bytes after they passed; they say so. --again runs them all the same.
"""
import hashlib, json, os, pathlib, re, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SANITIZED = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1",
}
VARIANTS = {  # directory: (compiler, meson options)
    "build": ("gcc", ["--buildtype=release"]),
    "build-gcc": ("gcc", ["-Db_sanitize=address,undefined", "--buildtype=debugoptimized"]),
    "build-asan": ("clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false", "--buildtype=debugoptimized"]),
    "build-tsan": ("clang", ["-Db_sanitize=thread", "-Db_lundef=false", "--buildtype=debugoptimized"]),
}
VALGRIND = ["test_base", "test_chain", "test_json", "test_conf", "test_cli", "test_label", "test_ledger", "test_settle"]
# Driven from outside with the sanitizers on: every command and every way of wrong use.
SANITIZED_END_TO_END = ["test_usage", "test_commands", "test_output"]


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def run(arguments, log, environment=None):
    """The command's exit code; what it says goes to the log."""
    with open(log, "ab") as out:
        return subprocess.run(arguments, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
                              env={**os.environ, **(environment or {})}).returncode


def tail(text, lines=40):
    print("\n".join(text.splitlines()[-lines:]))


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")


def build(directory, count):
    compiler, options = VARIANTS[directory]
    log = ROOT / f"{directory}.log"
    log.unlink(missing_ok=True)
    done = 0
    if not (ROOT / directory / "build.ninja").exists():
        done = run(["meson", "setup", directory, *options], log, {"CC": compiler})
    done = done or run(["ninja", "-C", directory, "all", "meson-test-prereq"], log)
    if done:
        print(f"FAILED  build of {directory}")
        tail(read(log))
        count.add(failed=1)
    return done == 0


def cmocka_count(said):
    return Count(*(sum(int(n) for n in re.findall(rf"\[ +{word} +\] (\d+) test", said)) for word in ("PASSED", "FAILED", "SKIPPED")))


def meson_tests(directory, suites, count):
    if not build(directory, count):
        return
    log = ROOT / f"{directory}.log"
    records = ROOT / directory / "meson-logs" / "testlog.json"
    records.unlink(missing_ok=True)
    words = [word for suite in suites for word in ("--suite", suite)]
    run(["meson", "test", "-C", directory, "--no-rebuild", "--num-processes", "2", *words], log, SANITIZED)
    if not records.exists():
        print(f"FAILED  meson test in {directory} left no record")
        tail(read(log))
        return count.add(failed=1)
    for line in records.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        said = test.get("stdout", "") + test.get("stderr", "")
        found = cmocka_count(said)
        if test["result"] == "OK":
            count.add(passed=found.passed or 1, skipped=found.skipped)
        elif test["result"] == "SKIP":
            count.add(skipped=1)
        else:
            count.add(passed=found.passed, failed=found.failed or 1)
            print(f"FAILED  {test['name']} ({directory}, {test['result']})")
            tail(said)


def valgrind_tests(count):
    if not build("build", count):
        return
    for name in VALGRIND:
        log = ROOT / "build" / f"valgrind-{name}.log"
        log.unlink(missing_ok=True)
        failed = run(["valgrind", "-q", "--leak-check=full", "--error-exitcode=9", f"build/tests/unit/{name}"], log,
                     {"SOURCE_ROOT": str(ROOT)})
        count.add(passed=not failed, failed=bool(failed))
        if failed:
            print(f"FAILED  valgrind {name}")
            tail(read(log))


def python_tests(place, count, directory="build", names=()):
    """unittest counts a test once, and each failure inside it; a test with failures is not passed."""
    if not build(directory, count):
        return
    words = names or ["discover", "--pattern", "test_*.py"]
    said = subprocess.run([sys.executable, "-B", "-m", "unittest", *words], cwd=ROOT / place, capture_output=True, text=True,
                          errors="replace", env={"IMJIN": str(ROOT / directory / "imjin"), **os.environ}).stderr
    ran = re.search(r"(?m)^Ran (\d+) test", said)
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", said))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", said))
    if ran is None or int(ran[1]) == 0 or bad:
        print(f"FAILED  {place}")
        tail(said, 120)
    if ran is None or int(ran[1]) == 0:
        return count.add(failed=1)
    count.add(passed=max(0, int(ran[1]) - bad - skipped), failed=bad, skipped=skipped)


def check_tests(count):
    """The layer check, and that it can fail."""
    count.add(**{"passed" if subprocess.run([ROOT / "script/check-rooms"]).returncode == 0 else "failed": 1})
    wrong = ROOT / "tests" / "rooms-with-faults" / "src"
    said = subprocess.run([ROOT / "script/check-rooms", wrong], capture_output=True, text=True)
    seen = said.returncode == 1 and all(word in said.stdout for word in ("may not use", "in no room", "is inside room"))
    if not seen:
        print("FAILED  script/check-rooms does not find planted faults:", said.stdout)
    count.add(passed=seen, failed=not seen)


STEPS = {
    "unit": lambda c: meson_tests("build", ["unit", "fuzz"], c),
    "sanitized": lambda c: meson_tests("build-asan", ["unit", "fuzz"], c),
    "sanitized-gcc": lambda c: meson_tests("build-gcc", ["unit"], c),
    "sanitized-e2e": lambda c: python_tests("tests/e2e", c, "build-asan", SANITIZED_END_TO_END),
    "threads": lambda c: meson_tests("build-tsan", ["threads"], c),
    "valgrind": valgrind_tests,
    "oracle": lambda c: python_tests("tests/oracle", c),
    "property": lambda c: python_tests("tests/property", c),
    "golden": lambda c: python_tests("tests/golden", c),
    "e2e": lambda c: python_tests("tests/e2e", c),
    "rooms": check_tests,
}
SLOW = ["sanitized", "sanitized-gcc", "sanitized-e2e", "threads", "valgrind"]


def sources_hash():
    """Over every file that could change what a test finds, with its name."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", "src", "include", "tests", "data", "examples", "script",
                             "meson.build", "meson_options.txt"], cwd=ROOT, capture_output=True)
    total = hashlib.sha256()
    for name in sorted(filter(None, listed.stdout.split(b"\0"))):
        path = ROOT / os.fsdecode(name)
        if path.is_file():
            total.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest() if listed.returncode == 0 else None


def run_step(name, again, hashed):
    kept, count = ROOT / "build" / f"passed-{name}.json", Count()
    if name in SLOW and not again and hashed and kept.exists():
        before = json.loads(kept.read_text())
        if before["sources"] == hashed:
            count.add(*before["count"])
            print(f"{name}: {count} before on the same bytes; not run again (--again does)", flush=True)
            return count
    began = time.monotonic()
    STEPS[name](count)
    sys.stdout.flush()
    print(f"{name}: {count} in {time.monotonic() - began:.0f} s", flush=True)
    if name in SLOW and hashed and not count.failed and kept.parent.is_dir():
        kept.write_text(json.dumps({"sources": hashed, "count": [count.passed, count.failed, count.skipped]}))
    return count


def main():
    words = sys.argv[1:]
    if words == ["--list"]:
        return print("\n".join(STEPS))
    again = "--again" in words
    words = [w for w in words if w != "--again"]
    unknown = [s for s in words if s not in STEPS]
    if unknown:
        sys.exit(f"no such step: {unknown[0]}; there are: {' '.join(STEPS)}")
    os.chdir(ROOT)
    hashed, total = sources_hash(), Count()
    for name in words or STEPS:
        count = run_step(name, again, hashed)
        total.add(count.passed, count.failed, count.skipped)
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
