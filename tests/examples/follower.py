"""Follows the feed with examples/postbackd.py, and keeps each event in a file: its last line is the cursor. May be killed at any
moment and started again.   Usage: follower.py URL TOKEN CAFILE FILE"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "examples"))
from postbackd import Postbackd  # noqa: E402


def main():
    url, token, cafile, name = sys.argv[1:]
    with open(name, "a+b") as file:
        file.seek(0)
        whole = file.read()
        file.truncate(whole.rfind(b"\n") + 1)  # what a kill left of a line
        lines = whole[:whole.rfind(b"\n") + 1].splitlines()
        for event in Postbackd(url, token, cafile, patience=60).events(json.loads(lines[-1])["seq"] if lines else 0):
            file.write(json.dumps(event).encode() + b"\n")
            file.flush()
            os.fdatasync(file.fileno())


if __name__ == "__main__":
    main()
