"""Runs every command and every SQL statement that the documents print, against a daemon of its own for each document. Only what
needs root and systemd (apt, systemctl, systemd-*) is left to tests/acceptance; stopping and starting the service is done here.
Usage: commands.py BUILD"""
import contextlib
import datetime
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from installation import ROOT, Installation  # noqa: E402

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/man").glob("*.md"))]
WITH_COMMANDS = {"README.md", "api.md", "deploy.md", "fanbase.md", "handlers.md", "operations.md", "page.md", "promises.md", "schema.md", "submissions.md", "postbackctl.md"}
APP_SECRET = "secret-of-the-app"
QUERY = "7cfe93e7-9d7e-4458-90eb-feaa6d9b5dee"

# What the commands find when a reader types them. strace would end with the daemon: daemon_tests runs it.
SHELL = r"""
set -euo pipefail
sudo() { "$@"; }
postbackctl() {
  if [ "$1" = apply ]; then kill -HUP "$(cat pid)"; return; fi   # no unit runs it: tests/acceptance has one
  case " $* " in *" --config "*) command postbackctl "$@" ;; *) command postbackctl --config "$configuration" "$@" ;; esac
}
curl() {
  if [[ "$*" == *event-stream* ]]; then command curl -sS --fail-with-body --max-time 1 "$@" || (($? == 28)); return; fi   # it never ends
  command curl -sS --fail-with-body --max-time 20 "$@"
}
systemctl() {
  case "$*" in
    stop\ *postbackd.service*) kill -TERM "$(cat pid)"; while grep -q '^State:.[^Z]' "/proc/$(cat pid)/status" 2>/dev/null; do sleep 0.05; done ;;
    start\ *postbackd.service*) setsid postbackd --config "$configuration" >/dev/null 2>>log & echo $! >pid; until grep -q ' 200 ' <(command curl -si --unix-socket admin.sock http://admin/readyz); do sleep 0.05; done ;;
  esac
}
apt() { :; }
docker() { :; } # tests/release/image.py runs the image
systemd-creds() { cat; }
systemd-sysusers() { cat; }
strace() { :; }
api() { curl --unix-socket api.sock "http://postbackd/v1$@"; }
"""


class Reader(Installation):
    """An installation with everything that the documents assume: a handler that refuses, one that is down, a Fanbase (its
    own), files."""

    def __init__(self, build, folder):
        super().__init__(build, folder)
        self.text += f"""[fanbase]
enabled = true
client = [{{ id = "app", secret = "{self.credential('fanbase', APP_SECRET)}" }}]
[[handler]]
name = "crm"
kind = "exec"
command = ["/bin/sh", "-c", "exit 65"]
match = {{ api = "none" }}
[[handler]]
name = "down"
kind = "exec"
command = ["/bin/false"]
circuit = 1
match = {{ api = "none" }}
[[handler]]
name = "fanbase"
kind = "fanbase"
url = "{self.url}"
client_id = "app"
client_secret = "file:{folder}/fanbase"
match = {{ api = "none" }}
"""
        self.add_platform()

    def prepare(self):
        """Files that commands read."""
        for name, text in {"submissions.jsonl": '{"api":"people","datasets":"basic_data","q":"doc{98765432100}"}\n',
                           "import-7.ndjson": '{"key":"7/1","group":"import-7","api":"people","datasets":"basic_data","q":"doc{98765432100}"}\n',
                           "FILE.csv": "usuario@exemplo.com\n98765432100\n", "body": "{}", "fullchain.pem": "", "privkey.pem": ""}.items():
            (self.folder / name).write_text(text)
        self.backups = tempfile.TemporaryDirectory()  # not where the store is
        for name in ("etc/credentials", "etc/receive", "etc/worker", "etc/test"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "etc/credentials/postbacksecret").write_text(self.secret)
        (self.folder / "etc/postbackd.toml").write_text(self.text)
        (self.folder / "pid").write_text(str(self.process.pid))

    def __exit__(self, *exception):
        super().__exit__(*exception)
        with contextlib.suppress(ProcessLookupError):  # the one that a command has started in its place
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)

    def run(self, name, script):
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "configuration": str(self.configuration), "secret": "a secret",
                       "RENEWED_LINEAGE": str(self.folder)}
        done = subprocess.run(["bash", "-c", SHELL + script], cwd=self.folder, env=environment, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, f"{name}: this ended with {done.returncode}:\n{script}\n{done.stdout}\n{self.log.read_text()[-2000:]}"
        return done.stdout

    def placed(self, text):
        """The text with this installation's places in place of the system's, and with values in place of …"""
        today = datetime.date.today().isoformat()
        for place, here in {"/run/postbackd/": f"{self.folder}/", "/etc/postbackd": f"{self.folder}/etc", "/srv/backup": self.backups.name,
                            "/var/lib/postbackd/postbacks.sqlite3": str(self.store), "https://hooks.example.com": self.url, "http://127.0.0.1:8080/postback": f"{self.url}/postback",
                            "/usr/share/doc/postbackd/examples/split": f"{ROOT}/conf/split", "client_secret=…": f"client_secret={APP_SECRET}",
                            "'AccessToken: …'": '"AccessToken: $(token)"'}.items():
            text = text.replace(place, here)
        text = re.sub(r"/postbackd-\d{4}-\d\d-\d\d", f"/postbackd-{today}", text)
        return re.sub(r"^\s*\./(package|quickstart|check)\b", ":", text, flags=re.M)  # CI runs them


def blocks_of(path):
    """The commands and statements of a document, in their order; those of a man page are its examples."""
    text = path.read_text()
    if path.parent.name == "man":
        examples = re.search(r"^# EXAMPLES\n(.*?)(?=^# |\Z)", text, re.S | re.M)
        return [("sh", command) for command in re.findall(r"^`(.+)`$", examples[1] if examples else "", re.M)]
    return re.findall(r"^ *```(sh|sql)\n(.*?)^ *```", text, re.S | re.M)


def try_document(build, path, blocks):
    name = str(path.relative_to(ROOT))
    with tempfile.TemporaryDirectory() as scratch, Reader(build, pathlib.Path(scratch)) as reader:
        reader.prepare()
        ids = f"""
token() {{ command curl -sS -X POST '{reader.url}/api/token?grant_type=client_credentials&client_id=app&client_secret={APP_SECRET}' | jq -r .access_token; }}
object() {{ sqlite3 -readonly {reader.store} 'SELECT id FROM v_queue_objects LIMIT 1'; }}
query() {{ sqlite3 -readonly {reader.store} "SELECT id FROM v_queries WHERE label = 'order 4711'"; }}
delivery() {{ sqlite3 -readonly {reader.store} "SELECT delivery_id FROM v_deliveries WHERE handler = 'down'"; }}
"""
        # The query that the documents speak of has its result, and a delivery that failed.
        reader.run(name, f"""postbackctl register {QUERY} --label 'the one' --api none
postbackctl register another --label 'of 123.456.789-00'
postbackctl register third --label 'of ana@example.com'
curl {reader.url}/postback -H 'Postbacksecret: {reader.secret}' -d '{{"QueryId":"{QUERY}","Result":[{{"BasicData":{{"Name":"A"}}}}]}}'
until [ "$(sqlite3 -readonly {reader.store} "SELECT group_concat(state) FROM (SELECT state FROM v_deliveries WHERE handler IN ('crm', 'down') AND attempts = 1 ORDER BY handler)")" = dead,due ]
do sleep 0.05; done""")
        for language, text in blocks:
            placed = reader.placed(text)
            if language == "sql":
                placed = f"sqlite3 -cmd '.timeout 5000' {reader.store} <<'END'\n{placed}\nEND\n"
            else:
                placed = re.sub(r"\b42\b", "$(delivery)", placed)
                placed = ids + re.sub(r"'([^']*)/ID/", r"'\1/'$(query)'/", placed).replace("status ID", 'status "$(object)"')
            reader.run(name, placed)
    print(f"{name}: {len(blocks)} blocks")


def main(build):
    tried = set()
    for path in DOCUMENTS:
        other = re.search(r"^ *```(bash|shell|console)$", path.read_text(), re.M)
        assert not other, f"{path}: {other[0].strip()} would not be tried: say ```sh"
        if blocks := blocks_of(path):
            try_document(build, path, blocks)
            tried.add(path.name)
    assert tried >= WITH_COMMANDS, f"no commands found in {WITH_COMMANDS - tried}"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
