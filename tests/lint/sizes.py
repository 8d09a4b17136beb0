"""Fails if a file or a function is too long to be one idea."""
import pathlib
import re
import sys

LONGEST_FILE = {"lib": 250, "daemon": 250, "ctl": 250, "tests": 300}
LONGEST_FUNCTION = 40


def head_of(lines, begin):
    """Returns the first line of the declaration whose body begins there."""
    first = begin
    while first > 0 and not re.search(r"^\s*(//.*)?$|[;{}:]$", lines[first - 1]):
        first -= 1
    return lines[first]


def long_functions(path, text):
    """A body is what stands between a line that is only `{` and the `}` in the same column, except of a type or a namespace."""
    lines = text.splitlines()
    for begin, line in enumerate(lines):
        if line.strip() != "{" or re.match(r"\s*(namespace|class|struct|enum|union)\b", head_of(lines, begin)):
            continue
        end = next((i for i in range(begin, len(lines)) if re.match(line[:-1] + r"\}", lines[i])), len(lines))
        if end - begin - 1 > LONGEST_FUNCTION:
            yield f"{path}:{begin}: a function of {end - begin - 1} lines, at most {LONGEST_FUNCTION} are allowed"


def check(root):
    for folder, longest in LONGEST_FILE.items():
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            text = path.read_text()
            if text.count("\n") > longest:
                yield f"{path.relative_to(root)}: {text.count(chr(10))} lines, at most {longest} are allowed"
            if folder != "tests":
                yield from long_functions(path.relative_to(root), text)


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or "no file and no function is too long")
    sys.exit(bool(errors))
