"""Fails if an include in lib/ points upward or sideways, inside the store too; if the engine of the store is named outside its
folder; if the store opens one of its files beside SQLite; or if a name of std is used without its header, which only a build that
joins files (unity) forgives.

The list of modules in CMakeLists.txt is the architecture: a module includes itself and what it USES, and USES only
modules of lower rows (ARCHITECTURE.md)."""
import pathlib
import re
import sys

ROWS = [{"base"}, {"text", "http"}, {"model", "sql"}, {"sqlite", "postgresql"}, {"store"}, {"intake", "delivery", "platform"},
        {"fanbase", "admin", "api", "simulator"}]

# The rooms of lib/store, from below: what the engines share, then each engine; "" are the faces. A room uses lower ones, an engine
# no other engine.
TABLES = ["common", "queries", "watch", "postbacks", "deliveries", "submissions", "erasure fanbase move retention", ""]
ROOMS = {"tables": TABLES, "sqlite": ["common", "files", "erasure", ""], "postgresql": [""]}
# Whoever opens and closes a file of an open store beside SQLite drops all locks that the process has on it (fcntl(2)).
OPENS = re.compile(r"std::[io]?fstream|(?<![\w:])::open\(|\bfopen\(")
MAY_OPEN = {
    "lib/sqlite/wal_index.cpp": "its descriptor is never closed; and /proc",
    "lib/store/sqlite/files/backup.cpp": "a restore, while nobody has the store open",
    "lib/store/sqlite/files/open_file.cpp": "makes a file that is not there",
    "lib/store/sqlite/erasure/erasure_list.cpp": "a file of its own beside the store",
    "lib/store/sqlite/erasure/remains.cpp": "files beside the store that are none of its own, under any name",
}


def row_of(module):
    return next((i for i, row in enumerate(ROWS) if module in row), None)


def modules_of(cmake):
    """Returns {module: modules it uses} from the text of CMakeLists.txt."""
    found = {}
    for name, rest in re.findall(r"^postbackd_module\((\w+)([^)]*)\)", cmake, re.M):
        uses = re.search(r"\bUSES\b((?:\s+(?!LIBRARIES)[\w:]+)*)", rest)
        found[name] = set(uses.group(1).split()) if uses else set()
    return found


def wrong_uses(modules):
    for name, uses in modules.items():
        if row_of(name) is None:
            yield f"CMakeLists.txt: module {name} is not in any row"
            continue
        for used in sorted(uses):
            if row_of(used) is None or row_of(used) >= row_of(name):
                yield f"CMakeLists.txt: {name} may not use {used}: its row is not lower"


def wrong_includes(path, module, text, modules):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
        if match and match.group(1) != module and match.group(1) not in modules[module]:
            yield f"{path}:{number}: {module} may not include {match.group(1)}"
        if re.match(r'\s*#\s*include\s+"[^/]*"', line):
            yield f"{path}:{number}: our includes need the path from lib/"


def room_of(path):
    """Returns of a file of lib/store/SHARE/ the share, the place of its room among its rooms, and the room."""
    share, rest = path.split("/")[2], path.split("/")[3:]
    room = rest[0] if len(rest) > 1 else ""
    return share, next((n for n, rooms in enumerate(ROOMS[share]) if room in (rooms.split() or [""])), None), room


def wrong_rooms(path, text):
    """A share's folder includes the interfaces above it, which are values and promises, and its own lower rooms."""
    share, place, room = room_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"(store/[^"]+)"', line)
        if not match:
            continue
        if match.group(1) == "store/open.hpp":
            yield f"{path}:{number}: only who opens a store includes store/open.hpp"
        if match.group(1).split("/")[1] not in ROOMS:
            continue
        other_share, other_place, other = room_of("lib/" + match.group(1))
        if other_share != share:
            if other_share != "tables":
                yield f"{path}:{number}: {share} of the store may not include {other_share}"
        elif place is None or other_place is None or other_place > place or (other_place == place and other != room):
            yield f"{path}:{number}: {room or 'a face'} of the store may not include {other or 'a face'}"


def opens_files(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if OPENS.search(line) and path not in MAY_OPEN:
            yield f"{path}:{number}: opens a file: closing it drops SQLite's locks; use lib/sqlite/raw_file.hpp"


ENGINES = re.compile("sqlite|postgres", re.I)


def names_the_engine(path, text):
    """An engine is behind the interface of lib/store; only the factory and the build know it."""
    for number, line in enumerate(text.splitlines(), 1):
        if ENGINES.search(line):
            yield f"{path}:{number}: names an engine of the store: use lib/store/store.hpp or operator_store.hpp"


# Names of std and where they come from; not those that every header brings (std::move, std::pair).
STANDARD = {name: header for header, names in {
    "algorithm": "sort find_if any_of all_of none_of min max", "array": "array to_array", "atomic": "atomic", "charconv": "from_chars to_chars",
    "chrono": "chrono", "condition_variable": "condition_variable", "deque": "deque", "filesystem": "filesystem",
    "fstream": "ifstream ofstream", "functional": "function", "future": "future promise", "limits": "numeric_limits", "list": "list",
    "map": "map multimap", "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared", "mutex": "mutex lock_guard scoped_lock unique_lock",
    "optional": "optional nullopt", "random": "mt19937 mt19937_64", "regex": "regex", "set": "set multiset", "span": "span",
    "sstream": "ostringstream istringstream", "string": "string to_string", "string_view": "string_view", "thread": "thread jthread",
    "tuple": "tuple tie", "unordered_map": "unordered_map", "unordered_set": "unordered_set", "variant": "variant visit monostate",
    "vector": "vector"}.items() for name in names.split()}
INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', re.M)


def headers_of(path, root, known):
    """Returns the headers of others that a file includes, by ours that it includes too."""
    if path not in known:
        known[path] = set()  # for a circle
        for include in INCLUDE.findall(path.read_text()):
            if include[0] == "<":
                known[path].add(include[1:-1])
                continue
            places = [path.parent, *(root / folder for folder in ("lib", "daemon", "ctl", "tests"))]
            known[path] |= next((headers_of(place / include[1:-1], root, known) for place in places if (place / include[1:-1]).exists()), set())
    return known[path]


def missing_headers(path, text, headers):
    for name in sorted(set(re.findall(r"\bstd::(\w+)", re.sub(r"//.*", "", text)))):
        if STANDARD.get(name, "") not in headers | {""}:
            yield f"{path}: std::{name} without <{STANDARD[name]}>"


MAY_NAME = ("lib/store/sqlite/", "lib/store/postgresql/", "lib/sqlite/", "lib/postgresql/", "lib/sql/")


def check_engine(root):
    for folder in ("lib", "daemon", "ctl"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            name = str(path.relative_to(root))
            if name not in ("lib/store/open.cpp", "lib/store/move.cpp") and not name.startswith(MAY_NAME):
                yield from names_the_engine(name, path.read_text())


def check(root):
    modules = modules_of((root / "CMakeLists.txt").read_text())
    yield from wrong_uses(modules)
    for folder in sorted(p for p in (root / "lib").iterdir() if p.is_dir()):
        if folder.name not in modules:
            yield f"lib/{folder.name} is not a module in CMakeLists.txt"
            continue
        for path in sorted(folder.rglob("*.[ch]pp")):
            name, text = str(path.relative_to(root)), path.read_text()
            yield from wrong_includes(name, folder.name, text, modules)
            if name.startswith(tuple(f"lib/store/{share}/" for share in ROOMS)):
                yield from wrong_rooms(name, text)
            if folder.name in ("store", "sqlite"):
                yield from opens_files(name, text)
    yield from check_engine(root)
    known = {}
    for path in sorted(p for folder in ("lib", "daemon", "ctl", "tests") for p in (root / folder).rglob("*.[ch]pp")):
        yield from missing_headers(path.relative_to(root), path.read_text(), headers_of(path, root, known))


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or "includes point downward")
    sys.exit(bool(errors))
