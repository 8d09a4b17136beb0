"""Fails if the contract suite of the store calls a function of its faces nowhere: what no test calls, another engine may do otherwise."""
import pathlib
import re
import sys

FACES = "archive delivery_control delivery_store fanbase_store leadership operator_store postback_store query_store store submission_store \
upkeep_store watch_store".split()
ELSEWHERE = {
    "back_up": "of a file; of a database, PostgreSQL's tools (tests/daemon/backup_test.cpp)",
    "beyond_reach": "of a database (tests/daemon/erasing_test.cpp)",
}


def functions_of(header):
    """Returns the virtual functions that others may call."""
    public = re.sub(r"\bprotected:.*?(?=\bprivate:|\bpublic:|\n};)", "", re.sub(r"//.*", "", header), flags=re.S)
    return [name for name in re.findall(r"\bvirtual\b[^;{~]*?\b(\w+)\s*\(", public)]


def not_called(headers, tests):
    for face, header in headers.items():
        for name in functions_of(header):
            if name not in ELSEWHERE and not re.search(rf"(?:\.|->){name}\(", tests):
                yield f"lib/store/{face}.hpp: no test of tests/store/contract calls {name}()"


def check(root):
    tests = "\n".join(path.read_text() for path in sorted((root / "tests/store/contract").glob("*.[ch]pp")))
    yield from not_called({face: (root / f"lib/store/{face}.hpp").read_text() for face in FACES}, tests)


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or "the contract suite calls every function of the store")
    sys.exit(bool(errors))
