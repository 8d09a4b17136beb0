"""TypeScript types are generated from docs/openapi.yaml and docs/fanbase-openapi.yaml; a program that uses them compiles with
`tsc --strict`, without a cast, and calls a running daemon.   Usage: typescript.py BUILD"""
import contextlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "tests/daemon"))
from openapi_client import start  # noqa: E402

TOKEN = "token-0123456789-of-shop"


def install():
    """The generator and the compiler, from npm, once for each version of the list of packages."""
    packages = SOURCE / "tests/examples/typescript"
    place = SOURCE / ".cache/typescript"
    lock = (packages / "package-lock.json").read_text()
    if not (place / "installed").exists() or (place / "installed").read_text() != lock:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(packages / name, place / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place, check=True, stdout=subprocess.DEVNULL)
        (place / "installed").write_text(lock)
    shutil.copy(packages / "client.ts", place / "client.ts")
    return place


def main():
    build = pathlib.Path(sys.argv[1])
    place = install()
    tools = place / "node_modules/.bin"
    for document, types in (("openapi", "postbackd"), ("fanbase-openapi", "fanbase")):
        subprocess.run([tools / "openapi-typescript", SOURCE / f"docs/{document}.yaml", "-o", place / f"{types}.d.ts"], check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run([tools / "tsc", "--strict", "--target", "es2022", "--module", "nodenext", "--noUncheckedIndexedAccess", "--lib", "es2022,dom",
                    place / "client.ts"], check=True)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        for secret in ("secret", TOKEN):
            (folder / secret[:6]).write_text(secret)
            (folder / secret[:6]).chmod(0o600)
        (folder / "postbackd.toml").write_text(f"""
[store]
path = "{folder}/store.sqlite3"
[listen]
address = "127.0.0.1"
port = 0
[[route]]
path = "/postback"
postbacksecret = "file:{folder}/secret"
[api]
port = 0
[[api.client]]
name = "shop"
token = "file:{folder}/token-"
scopes = ["register", "submit", "read", "operate"]
""")
        port = start(stack, [build / "bin/postbackd", "--config", folder / "postbackd.toml"], folder / "log",
                     r"event=api [^\n]*port=(\d+)[^§]*event=started")
        subprocess.run(["node", place / "client.js", f"http://127.0.0.1:{port}", TOKEN], check=True)


if __name__ == "__main__":
    main()
