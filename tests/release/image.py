"""Runs the image of .ci/image as a container's runtime does: its root read-only, as user 10001, with its own environment, one volume
and secrets of root that everybody may read. As root.   Usage: image.py BUILD/image PLATFORM_SIMULATOR"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

SECRETS = {"postbacksecret": "0123456789abcdef0123456789abcdef", "access_token": "simulated-access-token", "token_id": "simulated-token-id"}


class Image:
    def __init__(self, folder):
        self.root, self.layout, self.file = folder / "root", folder / "layout", folder / "postbackd.oci.tar"
        manifest = self.blob(json.loads((self.layout / "index.json").read_text())["manifests"][0]["digest"])
        self.config = self.blob(manifest["config"]["digest"])["config"]

    def blob(self, digest):
        return json.loads((self.layout / "blobs" / digest.replace(":", "/")).read_text())


class Container:
    """Processes that see the root read-only, the volume, the secrets, and nothing else of the machine but its network."""

    def __init__(self, image, folder, conf_d=""):
        self.image, self.volume = image, folder / "volume"
        self.secrets, self.conf_d = folder / "secrets", folder / "conf.d"
        for path in (self.volume, self.secrets, self.conf_d):
            path.mkdir()
        os.chown(self.volume, 10001, 10001)
        for name, text in SECRETS.items():
            (self.secrets / name).write_text(text)
            (self.secrets / name).chmod(0o444)
        (self.conf_d / "10-test.toml").write_text(conf_d)

    def command(self, *arguments):
        mounts = f"""
mount --bind {self.image.root} {self.image.root} && mount -o remount,ro,bind {self.image.root}
mount --bind {self.volume} {self.image.root}/var/lib/postbackd
mount --bind {self.secrets} {self.image.root}/run/secrets && mount -o remount,ro,bind {self.image.root}/run/secrets
mount --bind {self.conf_d} {self.image.root}/etc/postbackd/conf.d
mount -t proc proc {self.image.root}/proc && mount --bind /dev {self.image.root}/dev
exec chroot --userspec={self.image.config['User']} {self.image.root} "$@"
"""
        return ["unshare", "--mount", "--propagation", "private", "/usr/bin/env", "-i", *self.image.config["Env"], "/bin/bash", "-ec",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin; " + mounts, "bash", *arguments]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=60)

    def start(self, *arguments):
        self.log = open(self.volume.parent / "log", "w+")
        self.errors = open(self.volume.parent / "errors", "w+")
        process = subprocess.Popen(self.command(*self.image.config["Entrypoint"], *arguments), stdout=self.log, stderr=self.errors)
        return process

    def lines(self):
        return pathlib.Path(self.log.name).read_text().splitlines()


def post(port, body, secret):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("POST", "/postback", body, {"Postbacksecret": secret})
        return connection.getresponse().status


def eventually(condition, what):
    for _ in range(300):
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    raise AssertionError(what())


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def check_contents(image):
    assert image.file.stat().st_size <= 25 << 20, image.file.stat().st_size
    assert image.config["User"] == "10001:10001" and list(image.config["Volumes"]) == ["/var/lib/postbackd"], image.config
    programs = {path.name for folder in ("usr/bin", "usr/sbin") for path in (image.root / folder).iterdir()}
    assert programs == {"postbackd", "postbackctl"}, programs
    assert not any(path.stat().st_mode & 0o6000 for path in image.root.rglob("*") if path.is_file() and not path.is_symlink())
    assert not list((image.root / "run/secrets").iterdir()) and not list((image.root / "var/lib/postbackd").iterdir())
    sbom = json.loads((image.root / "usr/share/doc/postbackd/postbackd.spdx.json").read_text())
    names = {package["name"] for package in sbom["packages"]}
    assert sbom["spdxVersion"] == "SPDX-2.3" and names >= {"postbackd", "libc6", "ca-certificates"}, names
    assert {path.parent.name for path in image.root.glob("usr/share/doc/*/copyright")} == names, "each package has its copyright"


def main():
    image, simulator = Image(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2]
    check_contents(image)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        with open(folder / "simulator", "w") as output:
            platform = subprocess.Popen([simulator, "--port", "0"], stdout=output, stderr=output)
        stack.callback(lambda: (platform.terminate(), platform.wait()))
        eventually(lambda: "listening on" in (folder / "simulator").read_text(), lambda: "no simulator")
        url = re.search(r"listening on (\S+)", (folder / "simulator").read_text())[1]
        port = free_port()
        container = Container(image, folder, f"""[listen]
port = {port}
public_url = "http://127.0.0.1:{port}"
[platform]
base_url = "{url}"
access_token = "credential:access_token"
token_id = "credential:token_id"
""")
        daemon = container.start()
        stack.callback(daemon.kill)
        eventually(lambda: post(port, '{"QueryId":"q-1","Result":[1]}', SECRETS["postbacksecret"]) == 200,
                   lambda: pathlib.Path(container.errors.name).read_text() + "\n".join(container.lines()))
        assert post(port, "{}", "wrong") == 401
        health = container.run("/usr/bin/postbackctl", "healthcheck")
        assert health.returncode == 0, health.stderr
        story = container.run("/usr/bin/postbackctl", "submit", "--api", "people", "--datasets", "basic_data", "--q", "doc{12345678900}", "--wait")
        assert story.returncode == 0 and "BasicData" in story.stdout, story.stderr
        with contextlib.closing(sqlite3.connect(f"file:{container.volume}/postbacks.sqlite3?mode=ro", uri=True)) as store:
            assert store.execute("SELECT count(*) FROM v_results").fetchone() == (1,)
        version = container.run("/usr/bin/postbackctl", "--version").stdout
        status = container.run("/usr/bin/postbackctl", "status", "--json")
        assert version.split()[1] == json.loads(status.stdout)["version"], (version, status)
        started = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(30) == 0 and time.monotonic() - started < 20
        events = [json.loads(line) for line in container.lines()]
        assert {"started", "stopped"} <= {event["event"] for event in events}, events
        assert pathlib.Path(container.errors.name).read_text() == ""
        assert container.run("/usr/bin/postbackctl", "healthcheck").returncode == 1
        # It starts again with what is in the volume, and not with a wrong configuration.
        assert container.run("/usr/sbin/postbackd", "--check-config").returncode == 0
        (container.conf_d / "20-wrong.toml").write_text('[listen]\nprt = 1\n')
        wrong = container.run("/usr/sbin/postbackd")
        assert wrong.returncode == 78 and "20-wrong.toml:2: [listen] prt: unknown key" in wrong.stderr, wrong
        (container.conf_d / "20-wrong.toml").unlink()
        # Elsewhere a secret that everybody may read is none, nor here if it is not root's.
        os.chown(container.secrets / "postbacksecret", 10001, 10001)
        open_to_all = container.run("/usr/sbin/postbackd")
        assert open_to_all.returncode == 78 and "everybody can read" in open_to_all.stderr, open_to_all
        print(f"the image starts, receives, submits, stops; {image.file.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
