"""meson install puts everything in place, and the example lives on the installed library alone."""
import os
import pathlib
import shlex
import subprocess
import unittest

from program import FRIEND, HELPER, IMJIN, ROOT, STORY, THIEF, ProgramTest, csv


class Install(ProgramTest):
    def test_install_and_example(self):
        build = pathlib.Path(IMJIN).resolve().parent
        if not (build / "build.ninja").exists():
            self.skipTest("the program is not in a build directory")
        root = self.directory / "root"
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root], check=True, stdout=subprocess.DEVNULL)
        found = {p.name: p for p in root.rglob("*") if p.is_file()}
        for name in ("imjin.1", "imjin.pc", "libimjin.a", "imjin.h", "trace.h", "status.h"):
            self.assertIn(name, found)
        programs = [p for p in root.rglob("imjin") if p.is_file()]
        self.assertEqual(sorted(p.parent.name for p in programs), ["bin", "completions"])
        # headers stand alone
        for header in (root / "usr/local/include/imjin").iterdir():
            subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-I", header.parent.parent, header],
                           check=True)
        environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(root), "PKG_CONFIG_PATH": str(found["imjin.pc"].parent),
                       "LD_LIBRARY_PATH": str(found["imjin.pc"].parent.parent)}
        source = self.directory / "trace_one.c"
        source.write_bytes((ROOT / "examples/trace_one.c").read_bytes())
        movements = self.write("movements.csv", csv(STORY))
        for name, words in (("shared", []), ("static", ["--static"])):
            flags = subprocess.run(["pkg-config", "--cflags", "--libs", *words, "imjin"], env=environment, check=True, capture_output=True,
                                   text=True).stdout
            flags = shlex.split(flags)
            if words:
                flags = ["-l:libimjin.a" if f == "-limjin" else f for f in flags]
            example = self.directory / name
            subprocess.run(["gcc", "-std=c11", "-Wall", "-Werror", source, *flags, "-o", example], check=True, cwd=self.directory)
            said = subprocess.run([example, self.directory / f"w-{name}", movements, f"{THIEF},1000"], env=environment, check=True,
                                  capture_output=True, text=True).stdout
            self.assertIn(f"stolen by {THIEF}: 1000", said)
            self.assertIn(f"{HELPER} 600", said)
            self.assertIn(f"{FRIEND} 250", said)

    def test_only_the_public_functions_are_visible(self):
        library = pathlib.Path(IMJIN).resolve().parent / "src/api/libimjin.so"
        if not library.exists():
            self.skipTest("no shared library beside the program")
        names = [line.split()[-1] for line in subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True,
                                                             text=True).stdout.splitlines()]
        self.assertTrue(names)
        self.assertEqual([n for n in names if not n.startswith("imjin_")], [])
        archive = library.with_suffix(".a")
        names = [line.split()[-1] for line in subprocess.run(["nm", "-g", "--defined-only", archive], check=True, capture_output=True,
                                                             text=True).stdout.splitlines() if " T " in line or " D " in line or " B " in line]
        self.assertEqual([n for n in names if not n.startswith("imjin_")], [])


if __name__ == "__main__":
    unittest.main()
