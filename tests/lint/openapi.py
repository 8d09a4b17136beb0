"""Checks docs/*openapi.yaml: references resolve, operationIds are there and unique, tags are declared, security is said, each
operation has a success and an error.   Usage: openapi.py SOURCE_DIRECTORY"""
import pathlib
import sys

import yaml

METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}


def resolve(root, reference):
    node = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def problems_of(text):
    root = yaml.safe_load(text)
    for reference in references(root):
        try:
            resolve(root, reference)
        except (KeyError, TypeError):
            yield f"{reference} does not exist"
    declared = {tag["name"] for tag in root.get("tags", [])}
    seen = set()
    for path, item in root["paths"].items():
        for method in METHODS & item.keys():
            operation, name = item[method], f"{method.upper()} {path}"
            identifier = operation.get("operationId")
            if not identifier or identifier in seen:
                yield f"{name}: operationId is missing or used twice"
            seen.add(identifier)
            if not operation.get("tags") or not set(operation["tags"]) <= declared:
                yield f"{name}: tags are missing or not declared"
            if "security" not in operation and "security" not in root:
                yield f"{name}: security is not said"
            codes = [str(code) for code in operation.get("responses", {})]
            if not any(code.startswith("2") for code in codes) or not any(code.startswith("4") for code in codes):
                yield f"{name}: expected a 2xx and a 4xx among its responses"


def main():
    found = [f"{file.name}: {problem}" for file in sorted((pathlib.Path(sys.argv[1]) / "docs").glob("*openapi.yaml"))
             for problem in problems_of(file.read_text())]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
