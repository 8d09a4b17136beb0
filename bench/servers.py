"""The servers that bench/run compares, each as a context manager that gives its port; all on loopback."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sqlite3
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


@contextlib.contextmanager
def folder_in(folder):
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield pathlib.Path(name)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen")


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def bare(binaries, *arguments):
    with running([binaries / "bare_beast_server", *arguments], stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline())


class Postbackd:
    """A daemon in a folder of its own, which keeps its store when it ends."""

    def __init__(self, binaries, folder, tls=None, configuration="", store="", api=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.store, self.log = folder / "store.sqlite3", folder / "log"
        self.command = [binaries / "postbackd", "--config", folder / "postbackd.toml"]
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text("bench-secret-0123456789")
        listen = f'tls = {{ certificate = "{tls}/cert.pem", private_key = "{tls}/key.pem" }}' if tls else ""
        self.followers = 0
        self.api = free_port() if api else 0
        if api:
            configuration += f'''
[api]
port = {self.api}
[[api.client]]
name = "follower"
token = "file:{secret}"
scopes = ["read", "operate"]
sees = "all"
requests_per_second = 100000
connections = 10000
waiting = 10000
'''
        (folder / "postbackd.toml").write_text(f"""
[store]
path = "{self.store}"
{store}
[listen]
address = "127.0.0.1"
port = 0
{listen}
[limits]
stop_timeout = "1s"
connections_per_address = 0
[[route]]
path = "/postback"
postbacksecret = ["file:{secret}"]
{configuration}
""")

    def create(self):
        """Makes the store."""
        with self.start():
            pass
        return self

    @contextlib.contextmanager
    def start(self):
        with open(self.log, "w") as log, running(self.command, stderr=log) as process:
            while not (found := re.search(r"event=listening.* port=(\d+)", self.log.read_text())):
                if process.poll() is not None:
                    raise RuntimeError(self.log.read_text())
                time.sleep(0.02)
            self.pid = process.pid
            admin = re.search(r"event=admin .*port=(\d+)", self.log.read_text())
            self.admin = int(admin[1]) if admin else 0
            with contextlib.ExitStack() as streams:
                for _ in range(self.followers):
                    stream = streams.enter_context(socket.create_connection(("127.0.0.1", self.api)))
                    stream.sendall(b"GET /v1/events HTTP/1.1\r\nHost: postbackd\r\nAuthorization: Bearer bench-secret-0123456789\r\n"
                                   b"Accept: text/event-stream\r\n\r\n")
                    if b"200 OK" not in stream.recv(4096):
                        raise RuntimeError("the feed does not begin")
                yield int(found[1])

    def follow(self, count):
        """So many programs follow the feed while it runs."""
        self.followers = count

    def value(self, sql):
        with contextlib.closing(sqlite3.connect(self.store, timeout=30)) as database:
            return database.execute(sql).fetchone()[0]

    def status(self, name):
        """A number of /proc/PID/io or /proc/PID/status."""
        text = pathlib.Path(f"/proc/{self.pid}/io").read_text() + pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(name + r":\s*(\d+)", text)[1])

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    (folder / "key.pem").chmod(0o600)
    return folder


@contextlib.contextmanager
def nginx(folder, tls):
    """TLS by nginx, which reads the request and keeps nothing."""
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/nb; proxy_temp_path {folder}/np; fastcgi_temp_path {folder}/nf;
  uwsgi_temp_path {folder}/nu; scgi_temp_path {folder}/ns;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {tls}/cert.pem; ssl_certificate_key {tls}/key.pem;
    ssl_session_tickets off; ssl_session_cache off;  # new connections, as from a sender that posts once
    location / {{ default_type application/json; return 200 '{{"receipt":"1882530519555506176"}}'; }}
  }}
}}
""")
    with running([shutil.which("nginx"), "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL) as process:
        wait_for(port, process)
        yield port


@contextlib.contextmanager
def webhook(folder):
    """adnanh/webhook: checks the secret, answers, and starts /bin/true; keeps nothing."""
    port = free_port()
    match = {"type": "value", "value": "bench-secret-0123456789", "parameter": {"source": "header", "name": "Postbacksecret"}}
    (folder / "hooks.json").write_text(json.dumps(
        [{"id": "postback", "execute-command": "/bin/true", "trigger-rule": {"match": match}}]))
    with running([shutil.which("webhook"), "-hooks", folder / "hooks.json", "-ip", "127.0.0.1", "-port", str(port)],
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(port, process)
        yield port


@contextlib.contextmanager
def fastapi(folder, url=None):
    """What a programmer writes in an afternoon: FastAPI on uvicorn, SQLite with WAL and FULL, a commit for each postback; with a URL,
    PostgreSQL by asyncpg."""
    port = free_port()
    environment = dict(os.environ, BENCH_STORE=str(folder / "fastapi.sqlite3"), BENCH_URL=url or "")
    app = "fastapi_asyncpg_receiver:app" if url else "fastapi_receiver:app"
    with running(["/usr/bin/python3", "-m", "uvicorn", app, "--port", str(port), "--log-level", "warning",
                  "--no-access-log"], cwd=HERE, env=environment) as process:
        wait_for(port, process)
        yield port
