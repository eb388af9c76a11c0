#!/usr/bin/env python3
"""Writes expected.json anew from build/imjin. Look at the difference of the outputs before committing it, and say why."""
import json, tempfile

import test_ronin

with tempfile.TemporaryDirectory() as place:
    made = test_ronin.outputs(test_ronin.make_workspace(place), 1)
test_ronin.EXPECTED.write_text(json.dumps(test_ronin.digests(made), indent=2) + "\n", encoding="utf-8")
print(f"{len(made)} outputs")
