"""Checks that a document in Portuguese keeps step with its original: as many headings of each level, the same commands and code
(without their comments), the same links.   Usage: translations.py SOURCE_DIRECTORY"""
import pathlib
import re
import sys


def parts_of(text):
    blocks = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", text, re.S | re.M)
    code = ["\n".join(re.sub(r"\s+#\s.*$", "", line).rstrip() for line in body.splitlines()) for _, _, body in blocks]
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)
    return {
        "headings": [len(level) for level in re.findall(r"^(#+) ", prose, re.M)],
        "code blocks": code,
        "commands in the text": re.findall(r"`([^`]+)`", prose),
        "links": [link for link in re.findall(r"\]\(([^)]+)\)", prose) if not link.startswith("README")],
    }


def main():
    root, problems = pathlib.Path(sys.argv[1]), []
    for translated in [root / "README.pt-BR.md", *sorted((root / "docs/pt-BR").glob("*.md"))]:
        original = root / "README.md" if translated.parent == root else root / "docs" / translated.name
        ours, theirs = parts_of(translated.read_text()), parts_of(original.read_text())
        for what, parts in theirs.items():
            for mine, his in zip(ours[what] + [None] * len(parts), parts + [None] * len(ours[what])):
                if mine != his:
                    problems.append(f"{translated.relative_to(root)}: {what}: {mine!r} where the original has {his!r}")
                    break
    print("\n".join(problems) or "each translation keeps step with its original")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
