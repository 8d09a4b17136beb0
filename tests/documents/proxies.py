"""Puts nginx, Caddy and HAProxy, configured as docs/deploy.md says, in front of the real daemon: results of 20 MB, slow bodies,
senders that forge X-Forwarded-For, a wrong secret.   Usage: proxies.py BUILD"""
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from installation import ROOT, Installation, free_port, wait_until  # noqa: E402

DOCUMENT = (ROOT / "docs/deploy.md").read_text()
PATH = f"/usr/sbin:/usr/bin:{ROOT}/.cache/tools/usr/sbin:{ROOT}/.cache/tools/usr/bin"
MEGABYTE = 1_000_000
CLIENT = "127.0.0.2"  # not the proxy's own address
DUMPABLE = "[process]\ncore_dumps = true\n"  # or only root sees its files in /proc


def snippet(language):
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.S)[1]


def nginx(folder, port, upstream):
    places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
                                       f"events {{}} http {{ access_log off; {places}"
                                       f"server {{ listen 127.0.0.1:{port};\n{snippet('nginx').replace('127.0.0.1:8080', upstream)} }} }}")
    return ["nginx", "-p", folder, "-c", folder / "nginx.conf"]


def caddy(folder, port, upstream):
    site = snippet("caddyfile").replace("hooks.example.com", f"http://127.0.0.1:{port}").replace("127.0.0.1:8080", upstream)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{site}")
    return ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]


def haproxy(folder, port, upstream):
    text = snippet("haproxy").replace("127.0.0.1:8080", upstream)
    (folder / "haproxy.cfg").write_text(re.sub(r"bind :443 ssl crt \S+", f"bind 127.0.0.1:{port}", text))
    return ["haproxy", "-db", "-f", folder / "haproxy.cfg"]


@contextlib.contextmanager
def running(command, port, log):
    with log.open("w") as output:
        program = shutil.which(command[0], path=PATH)
        assert program, f"{command[0]} is not installed; ./check gets it"
        process = subprocess.Popen([program, *command[1:]], stdout=output, stderr=output, env={"HOME": str(log.parent)})
    try:
        wait_until(lambda: process.poll() is not None or socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


def head(secret, length):
    return (f"POST /postback HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\nPostbacksecret: {secret}\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").encode()


def connected(port):
    return socket.create_connection(("127.0.0.1", port), 60, (CLIENT, 0))


def answer_of(connection):
    answer = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode()


def spooled(process):
    """The bytes of bodies that are on their way into the daemon."""
    sizes = [0]
    for file in pathlib.Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if "spool" in os.readlink(file) or "deleted" in os.readlink(file):
                sizes.append(file.stat().st_size)
    return max(sizes)


def try_proxy(name, command_of, folder, daemon):
    port = free_port()
    body = b'{"QueryId":"%s","Result":["%s"]}' % (name.encode(), b"x" * 20 * MEGABYTE)
    with running(command_of(folder, port, f"127.0.0.1:{daemon.port}"), port, folder / f"{name}.log"):
        with connected(port) as connection:  # a whole body
            with contextlib.suppress(ConnectionError):  # the answer says why
                connection.sendall(head(daemon.secret, len(body)) + body)
            answer = answer_of(connection)
        assert " 200 " in answer, f"{name}: {answer}\n{daemon.log.read_text()}{(folder / f'{name}.log').read_text()}"
        with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as store:
            kept = store.execute("SELECT sha256, bytes, remote FROM v_postbacks WHERE query_id = ?", [name]).fetchone()
        assert kept == (hashlib.sha256(body).hexdigest(), len(body), CLIENT), f"{name}: {kept}"  # and not the forged sender
        with connected(port) as connection:  # the first half reaches the daemon while the second one is not sent
            connection.sendall(head(daemon.secret, len(body)) + body[:len(body) // 2])
            wait_until(lambda: spooled(daemon.process.pid) > len(body) // 2 - MEGABYTE)
            connection.sendall(body[len(body) // 2:])
            assert "receipt" in answer_of(connection), f"{name}: a slow body"
        with connected(port) as connection:  # a wrong secret is refused before its body comes
            connection.sendall(head("wrong", len(body)) + b"{")
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401 "), f"{name}: {answer}"
    print(f"{name}: 20 MB, slow bodies, the sender and refusals pass")


def main(build):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        with Installation(build, folder, listen='trusted_proxies = ["127.0.0.1/32"]\n', more=DUMPABLE) as daemon:
            for proxy in (nginx, caddy, haproxy):
                try_proxy(proxy.__name__, proxy, folder, daemon)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
