"""Lists: adding, refusing, fetching, comparing, verifying."""
import functools
import http.server
import pathlib
import threading
import unittest

from program import BAD_INPUT, MACHINE, NOT_FOUND, OK, USAGE, ProgramTest


def un(day, *names):
    people = "".join(
        f"<INDIVIDUAL><FIRST_NAME>{name}</FIRST_NAME><REFERENCE_NUMBER>Q{number}</REFERENCE_NUMBER></INDIVIDUAL>"
        for number, name in enumerate(names)
    )
    return f"<CONSOLIDATED_LIST dateGenerated='{day}'><INDIVIDUALS>{people}</INDIVIDUALS></CONSOLIDATED_LIST>"


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves one directory, with the file's content as its ETag."""

    def do_GET(self):
        path = pathlib.Path(self.directory) / self.path.lstrip("/")
        if not path.exists():
            self.send_error(404)
            return
        body = path.read_bytes()
        tag = f'"{hash(body) & 0xffffffff:x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Lists(ProgramTest):
    def setUp(self):
        super().setUp()
        self.make()

    def test_versions(self):
        self.imjin("lists", "add", "un", self.write("a.xml", un("2026-01-10", "Ann", "Bob")))
        added = self.json("lists", "add", "un", self.write("b.xml", un("2026-02-10", "Ann", "Bobby", "Cy")), schema="imjin.list-add/1")
        self.assertEqual((added["version"], added["entities"], added["format"]), (2, 3, "un-xml"))
        changes = self.json("lists", "diff", "un", schema="imjin.list-diff/1")
        self.assertEqual([(c["change"], c["id"]) for c in changes["changes"]], [("MOD", "un:Q1"), ("ADD", "un:Q2")])
        then = self.json("lists", "show", "un", "--as-of", "2026-02-09", schema="imjin.lists/1")
        self.assertEqual(then["lists"][0]["version"], 1)
        self.imjin("lists", "show", "un", "--as-of", "2026-01-09", status=NOT_FOUND)
        self.assertEqual(len(self.json("lists", "history", "un", schema="imjin.list-history/1")["versions"]), 2)
        self.assertTrue(self.json("lists", "verify", schema="imjin.list-verify/1")["sound"])
        raw = next(pathlib.Path(self.w, "lists", "un").glob("v000001/raw-*"))
        raw.write_bytes(raw.read_bytes()[:-1])
        self.imjin("lists", "verify", status=NOT_FOUND)

    def test_refused_loudly(self):
        self.imjin("lists", "add", "un", self.write("a.xml", un("2026-01-10", "Ann")))
        before = self.contents()
        for name, text in {
            "page.html": "<!DOCTYPE html><html/>",
            "none.xml": un("2026-02-10"),
            "half.xml": un("2026-02-10", "Ann")[:-20],
            "older.xml": un("2026-01-09", "Ann", "Bob"),
            "eu.xml": "<export><sanctionEntity logicalId='1'><nameAlias wholeName='X'/></sanctionEntity></export>",
        }.items():
            _, err = self.imjin("lists", "add", "un", self.write(name, text), status=BAD_INPUT)
            self.assertIn("version 1 of 2026-01-10 goes on serving", err, name)
        self.assertEqual(self.contents(), before)
        self.imjin("lists", "add", "../x", self.write("a.xml", un("2026-01-10", "Ann")), status=USAGE)

    def test_update(self):
        root = self.directory / "served"
        root.mkdir()
        (root / "un.xml").write_text(un("2026-01-10", "Ann"), encoding="utf-8")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(root)))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/un.xml"
        self.json("lists", "update", "un", "--url", url, schema="imjin.list-update/1")
        self.assertIn("unchanged", self.imjin("lists", "update")[0])
        (root / "un.xml").write_text(un("2026-02-10", "Ann", "Bob"), encoding="utf-8")
        self.assertIn("version 2", self.imjin("lists", "update", "un")[0])
        (root / "un.xml").write_text("<html>busy</html>", encoding="utf-8")
        self.assertIn("version 2 of 2026-02-10 goes on serving", self.imjin("lists", "update", "un", status=BAD_INPUT)[1])
        (root / "un.xml").unlink()
        self.imjin("lists", "update", "un", status=MACHINE)
        self.imjin("lists", "update", "un", "--url", "http://example.invalid/un.xml", status=USAGE)
        self.assertEqual(sorted(p.name for p in pathlib.Path(self.w, "lists").iterdir()), ["lock", "un"])
        self.assertIn("version 2", self.imjin("lists", "show")[0])


if __name__ == "__main__":
    unittest.main()
