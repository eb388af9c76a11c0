#!/usr/bin/env python3
"""Builds every variant and runs every test; the last line counts them.

usage: tests/run.py [--list] [STEP...]
"""
import json, os, pathlib, re, subprocess, sys, time, unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SANITIZED = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1",
}
VARIANTS = {  # directory: (compiler, meson options, meson test arguments)
    "build": ("gcc", ["--buildtype=release"], ["--suite", "unit", "--suite", "fuzz"]),
    "build-asan": ("clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false", "--buildtype=debugoptimized"],
                   ["--suite", "unit", "--suite", "fuzz"]),
    "build-tsan": ("clang", ["-Db_sanitize=thread", "-Db_lundef=false", "--buildtype=debugoptimized"],
                   ["--suite", "threads"]),
}
VALGRIND = ["test_base", "test_chain", "test_json"]
PYTHON = ["tests/oracle", "tests/property", "tests/golden", "tests/e2e"]


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped


def run(arguments, log, environment=None):
    """The command's exit code; what it says goes to the log."""
    with open(log, "ab") as out:
        return subprocess.run(arguments, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
                              env={**os.environ, **(environment or {})}).returncode


def tail(log, lines=40):
    print("\n".join(pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]))


def build(directory, count):
    compiler, options, _ = VARIANTS[directory]
    log = ROOT / f"{directory}.log"
    log.unlink(missing_ok=True)
    done = 0
    if not (ROOT / directory / "build.ninja").exists():
        done = run(["meson", "setup", directory, *options], log, {"CC": compiler})
    done = done or run(["ninja", "-C", directory, "all", "meson-test-prereq"], log)
    if done:
        print(f"FAILED  build of {directory}")
        tail(log)
        count.add(failed=1)
    return done == 0


def cmocka_count(said):
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", said))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", said))
    skipped = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) test", said))
    return passed, failed, skipped


def meson_tests(directory, count):
    if not build(directory, count):
        return
    log = ROOT / f"{directory}.log"
    records = ROOT / directory / "meson-logs" / "testlog.json"
    records.unlink(missing_ok=True)
    run(["meson", "test", "-C", directory, "--no-rebuild", "--num-processes", "2", *VARIANTS[directory][2]], log, SANITIZED)
    if not records.exists():
        print(f"FAILED  meson test in {directory} left no record")
        tail(log)
        return count.add(failed=1)
    for line in records.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        passed, failed, skipped = cmocka_count(test.get("stdout", "") + test.get("stderr", ""))
        if test["result"] == "OK":
            count.add(passed=passed or 1, skipped=skipped)
        elif test["result"] == "SKIP":
            count.add(skipped=1)
        else:
            count.add(passed=passed, failed=failed or 1)
            print(f"FAILED  {test['name']} ({directory}, {test['result']})")
            print("\n".join((test.get("stdout", "") + test.get("stderr", "")).splitlines()[-40:]))


def valgrind_tests(count):
    if not build("build", count):
        return
    for name in VALGRIND:
        log = ROOT / "build" / f"valgrind-{name}.log"
        log.unlink(missing_ok=True)
        failed = run(["valgrind", "-q", "--leak-check=full", "--error-exitcode=9", f"build/tests/unit/{name}"], log)
        count.add(passed=not failed, failed=bool(failed))
        if failed:
            print(f"FAILED  valgrind {name}")
            tail(log)


def python_tests(place, count):
    if not build("build", count):
        return
    os.environ.setdefault("IMJIN", str(ROOT / "build" / "imjin"))
    suite = unittest.TestLoader().discover(str(ROOT / place), pattern="test_*.py", top_level_dir=str(ROOT / place))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    count.add(passed=result.testsRun - bad - len(result.skipped), failed=bad, skipped=len(result.skipped))
    if result.testsRun == 0:
        print(f"FAILED  no test in {place}")
        count.add(failed=1)


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
    "unit": lambda c: meson_tests("build", c),
    "sanitized": lambda c: meson_tests("build-asan", c),
    "threads": lambda c: meson_tests("build-tsan", c),
    "valgrind": valgrind_tests,
    **{place.split("/")[1]: (lambda p: lambda c: python_tests(p, c))(place) for place in PYTHON},
    "rooms": check_tests,
}


def main():
    if sys.argv[1:] == ["--list"]:
        return print("\n".join(STEPS))
    unknown = [s for s in sys.argv[1:] if s not in STEPS]
    if unknown:
        sys.exit(f"no such step: {unknown[0]}; there are: {' '.join(STEPS)}")
    os.chdir(ROOT)
    count = Count()
    for name in sys.argv[1:] or STEPS:
        before, began = (count.passed, count.failed, count.skipped), time.monotonic()
        STEPS[name](count)
        sys.stdout.flush()
        print(f"{name}: {count.passed - before[0]} passed, {count.failed - before[1]} failed, "
              f"{count.skipped - before[2]} skipped in {time.monotonic() - began:.0f} s", flush=True)
    print(f"{count.passed} passed, {count.failed} failed" + (f", {count.skipped} skipped" if count.skipped else ""))
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
