"""Fails when a file of lib/ or daemon/ has grown past one idea: 250 lines."""
import pathlib
import sys

LONGEST = 250


def check(root):
    for folder in ("lib", "daemon"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            lines = path.read_text().count("\n")
            if lines > LONGEST:
                yield f"{path.relative_to(root)}: {lines} lines, {LONGEST} at most"


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or f"no file above {LONGEST} lines")
    sys.exit(bool(errors))
