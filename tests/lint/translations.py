"""Checks that a document in Portuguese keeps step with its original: as many headings of each level, the same commands and code
(without their comments), links to the same documents, in Portuguese where there is one; and that each link leads somewhere.
Usage: translations.py SOURCE_DIRECTORY"""
import pathlib
import re
import sys


def without_code(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)


def anchors_of(path):
    """The names that the headings of a document have as anchors."""
    headings = re.findall(r"^#+ (.*)$", without_code(path.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(path, root):
    """Yields what the links lead to, a document in Portuguese as its original; or raises ValueError."""
    for link in re.findall(r"\]\(([^)]+)\)", without_code(path.read_text())):
        if "://" in link:
            yield link
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            raise ValueError(f"{link} leads nowhere")
        place = str(target.relative_to(root)).replace("docs/pt-BR/", "docs/").replace("README.pt-BR.md", "README.md").replace(".pt-BR.png", ".png")
        translated = root / place.replace("docs/", "docs/pt-BR/", 1)
        if "pt-BR" in str(path.relative_to(root)) and translated != target and translated.is_file():
            raise ValueError(f"{link}: there is {translated.relative_to(root)}")
        if place != "README.md":
            yield place


def parts_of(path, root):
    text = path.read_text()
    blocks = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", text, re.S | re.M)
    return {
        "headings": [len(level) for level in re.findall(r"^(#+) ", without_code(text), re.M)],
        "code blocks": ["\n".join(re.sub(r"\s+#\s.*$", "", line).rstrip() for line in body.splitlines()) for _, _, body in blocks],
        "commands in the text": sorted(re.findall(r"`([^`]+)`", without_code(text))),
        "links": sorted(links_of(path, root)),
    }


def difference(mine, its):
    """The first part that only one of them has."""
    for part in (*mine, *its):
        if mine.count(part) != its.count(part):
            return f"{part!r} {mine.count(part)} times, {its.count(part)} in the original"
    return "another order"


def check(root):
    for original in sorted(path for path in (*root.glob("*.md"), *root.glob("docs/*.md")) if path.name != "README.pt-BR.md"):
        translated = root / ("README.pt-BR.md" if original.name == "README.md" else f"docs/pt-BR/{original.name}")
        try:
            its = parts_of(original, root)
        except ValueError as error:
            yield f"{original.relative_to(root)}: {error}"
            continue
        if not translated.is_file() or (original.parent == root and original.name != "README.md"):
            continue
        try:
            mine = parts_of(translated, root)
        except ValueError as error:
            yield f"{translated.relative_to(root)}: {error}"
            continue
        for what in its:
            if mine[what] != its[what]:
                yield f"{translated.relative_to(root)}: {what}: {difference(mine[what], its[what])}"
    for translated in root.glob("docs/pt-BR/*.md"):
        if not (root / "docs" / translated.name).is_file():
            yield f"{translated.relative_to(root)} has no original"


def main():
    problems = list(check(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(problems) or "each translation keeps step with its original")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
