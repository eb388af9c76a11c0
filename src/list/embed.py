#!/usr/bin/env python3
"""Writes a text file as C string literals, a line each. usage: embed.py FILE OUTPUT"""
import pathlib
import sys

lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
pathlib.Path(sys.argv[2]).write_text("".join(f'"{line}\\n"\n' for line in escaped), encoding="utf-8")
