"""A daemon with what the documents use, in a folder of its own: the simulated platform, a handler, the API, the Fanbase endpoints."""
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


class Installation:
    secret = "0123456789abcdef0123456789abcdef"

    def __init__(self, build, folder, listen="", more="", store=None):
        self.bin, self.folder, self.port = build / "bin", folder, free_port()
        self.url, self.admin_port = f"http://127.0.0.1:{self.port}", free_port()
        self.platform = self.process = None
        self.configuration, self.store, self.log = folder / "postbackd.toml", store or folder / "postbacks.sqlite3", folder / "log"
        self.text = f"""[store]
path = "{self.store}"
[listen]
address = "127.0.0.1"
port = {self.port}
public_url = "{self.url}"
{listen}
[admin]
socket = "{folder}/admin.sock"
port = {self.admin_port}
[api]
socket = "{folder}/api.sock"
port = {free_port()}
page = true
[[route]]
path = "/postback"
postbacksecret = ["{self.credential('postbacksecret', self.secret)}"]
{more}"""

    def credential(self, name, secret):
        with open(self.folder / name, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secret)
        return f"file:{self.folder / name}"

    def add_platform(self):
        output = (self.folder / "platform").open("w")
        self.platform = subprocess.Popen([self.bin / "platform-simulator", "--port", "0"], stdout=output, stderr=output)
        said = lambda: re.search(r"^listening on (\S+)", (self.folder / "platform").read_text(), re.M)
        wait_until(said)
        self.text += f"""[platform]
base_url = "{said()[1]}"
access_token = "{self.credential('access_token', 'simulated-access-token')}"
token_id = "{self.credential('token_id', 'simulated-token-id')}"
"""

    def start(self):
        self.configuration.write_text(self.text)
        self.process = subprocess.Popen([self.bin / "postbackd", "--config", self.configuration], stderr=self.log.open("a"))
        wait_until(lambda: self.process.poll() is not None or self.ready())
        assert self.process.poll() is None, self.log.read_text()

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=5).status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, self.log.read_text()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            Installation.__exit__(self)
            raise
        return self

    def __exit__(self, *_):
        for process in filter(None, (self.process, self.platform)):
            process.kill()
            process.wait()
