"""Fails on the shapes of coroutines that GCC 12 compiles wrongly (CONTRIBUTING.md, "Coroutines").

A co_await stands alone: `co_await x;`, `T name = co_await x;`, `name = co_await x;`, `co_return co_await x;`, and its
arguments are names, moved names or constructor calls: no braces and no lambda. A capturing lambda must not be a coroutine."""
import pathlib
import re
import sys

ALONE = re.compile(r"^(co_return )?co_await |^(const |auto |[\w:<>,*&\s\[\]]+ )?[\w.\->\[\]]+ = co_await ")


def without_comments_and_texts(text):
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    blank = lambda m: '""' + "\n" * m.group(0).count("\n") if m.group(0)[0] in "\"'" else "\n" * m.group(0).count("\n")
    return re.sub(pattern, blank, text, flags=re.S)


def statements(text):
    """Yields (line number, statement, end) of each piece between `;`, `{` and `}` outside parentheses."""
    start, depth, line, start_line = 0, 0, 1, 1
    for i, c in enumerate(text):
        if c == "\n":
            line += 1
        depth += (c in "([") - (c in ")]")
        braces_end = c in "{}" and depth == 0
        if (c == ";" and depth == 0) or braces_end:
            yield start_line, " ".join(text[start:i].split()), c
            start, start_line = i + 1, line
        elif not text[start:i].strip():
            start_line = line


def strip_case(statement):
    return re.sub(r"^(else|try|do|(public|private|protected):|case [^:]+:|default:)\s*", "", statement)


def wrong(path, text):
    clean = without_comments_and_texts(text)
    for number, statement, end in statements(clean):
        statement = strip_case(statement)
        # `if (x) co_await y;` and similar: the condition must not contain co_await; the rest is its own statement.
        match = re.match(r"^(?:if|while|for|switch)\s*(?:constexpr\s*)?(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))\s*(.*)$", statement)
        if match:
            if "co_await" in match.group(1):
                yield f"{path}:{number}: co_await in a condition"
            statement = match.group(2)
        if "co_await" not in statement:
            continue
        if end == "{":
            yield f"{path}:{number}: braces in an expression with co_await"
        elif not ALONE.match(statement):
            yield f"{path}:{number}: this co_await does not stand alone"
        after = statement.split("co_await", 1)[1]
        if "co_await" in after:
            yield f"{path}:{number}: two co_awaits in one expression"
        if "{" in after or re.search(r"\[[^\]]*\]\s*[({]", after):
            yield f"{path}:{number}: an aggregate or a lambda in an expression with co_await"
        if re.search(r"\?|&&|\|\|", statement):
            yield f"{path}:{number}: an operator beside co_await"
    for match in re.finditer(r"\[[^\]\n]+\]\s*(?:\([^()]*\))?\s*(?:mutable\s*)?->\s*[\w:]*awaitable<", clean):
        yield f"{path}:{clean[:match.start()].count(chr(10)) + 1}: a capturing lambda that is a coroutine dies with its closure"
    for match in re.finditer(r"\basio::detached\b", clean):
        yield f"{path}:{clean[:match.start()].count(chr(10)) + 1}: asio::detached swallows exceptions: use base::spawn"


def check(root):
    for folder in ("lib", "daemon", "tests", "bench"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            yield from wrong(path.relative_to(root), path.read_text())


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or "every co_await stands alone")
    sys.exit(bool(errors))
