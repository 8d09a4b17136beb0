"""A program built against the installed package receives a postback with its own handler.   Usage: own_handler.py BUILD_DIRECTORY"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/handlers.md"
SOURCE = pathlib.Path(__file__).parent / "own_handler"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def eventually(condition):
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return False


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    run("cmake", "--install", sys.argv[1], "--prefix", "/usr", env={**os.environ, "DESTDIR": str(folder / "root")})
    run("cmake", "-S", str(SOURCE), "-B", str(folder / "build"), f"-DCMAKE_PREFIX_PATH={folder}/root/usr", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", str(folder / "build"))
    # The program that the document prints.
    printed = re.search(r"```cpp\n(.*?)```", DOCUMENT.read_text(), re.S).group(1)
    (folder / "printed").mkdir()
    (folder / "printed/main.cpp").write_text(printed)
    (folder / "printed/CMakeLists.txt").write_text((SOURCE / "CMakeLists.txt").read_text())
    run("cmake", "-S", str(folder / "printed"), "-B", str(folder / "printed/build"), f"-DCMAKE_PREFIX_PATH={folder}/root/usr")
    run("cmake", "--build", str(folder / "printed/build"))
    assert "postbackd" in run(str(folder / "printed/build/own_handler"), "--version")
    (folder / "secret").write_text("test-secret\n")
    (folder / "secret").chmod(0o600)
    (folder / "c.toml").write_text(f"""
[store]
path = "{folder}/store.sqlite3"
[listen]
address = "127.0.0.1"
port = 0
[[route]]
path = "/postback"
postbacksecret = "file:{folder}/secret"
[[handler]]
name = "mine"
kind = "note"
path = "{folder}/notes"
""")
    program = str(folder / "build/own_handler")
    assert "1 handler(s)" in run(program, "--config", str(folder / "c.toml"), "--check-config")
    log = folder / "log"
    with open(log, "w") as output:
        daemon = subprocess.Popen([program, "--config", str(folder / "c.toml")], stderr=output)
    try:
        assert eventually(lambda: "event=started" in log.read_text()), log.read_text()
        port = re.search(r"event=listening .*port=(\d+)", log.read_text()).group(1)
        run("sqlite3", str(folder / "store.sqlite3"), "INSERT INTO queries (query_id) VALUES ('q-1')")
        body = b'{"QueryId":"q-1","Result":[1]}'
        request = urllib.request.Request(f"http://127.0.0.1:{port}/postback", body, {"Postbacksecret": "test-secret"})
        assert urllib.request.urlopen(request, timeout=20).status == 200
        notes = folder / "notes"
        assert eventually(lambda: notes.exists() and notes.read_text().endswith("\n")), log.read_text()
        assert re.fullmatch(r'q-1 [0-9a-f]{16}-1 \{"QueryId":"q-1","Result":\[1\]\}\n', notes.read_text()), notes.read_text()
    finally:
        daemon.terminate()
        assert daemon.wait(timeout=60) == 0
    print("a program with its own handler works against the installed package")
