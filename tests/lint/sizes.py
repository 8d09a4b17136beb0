"""Fails if a file of lib/ or daemon/ has more than 250 lines: one idea a file."""
import pathlib
import sys

LONGEST = 250


def check(root):
    for folder in ("lib", "daemon"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            lines = path.read_text().count("\n")
            if lines > LONGEST:
                yield f"{path.relative_to(root)}: {lines} lines, at most {LONGEST} are allowed"


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or f"no file has more than {LONGEST} lines")
    sys.exit(bool(errors))
