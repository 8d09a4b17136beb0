"""What the tests of an installed system use: shell, journal, postbacks."""
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

CONFIGURATION = pathlib.Path("/etc/postbackd/postbackd.toml")
CREDENTIALS = pathlib.Path("/etc/postbackd/credentials")
STORE = "/var/lib/postbackd/postbacks.sqlite3"


def run(command, user=None, check=True):
    """Runs a line of shell; returns its output, errors included."""
    arguments = ["runuser", "-u", user, "--", "sh", "-c", command] if user else ["sh", "-c", command]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def fails(command, user=None):
    """Runs a line of shell that must fail; returns its output."""
    output = run(f"if {command}; then echo it-works; fi", user)
    assert "it-works" not in output, f"{command} works\n{output}"
    return output


def journal(*options):
    return run(f"journalctl -u postbackd -o cat --no-pager {' '.join(options)}")


def package_secret():
    return (CREDENTIALS / "postbacksecret").read_text().strip()


def post(query_id, port=8080, secret=None, timeout=60):
    secret = package_secret() if secret is None else secret
    request = urllib.request.Request(f"http://127.0.0.1:{port}/postback", json.dumps({"QueryId": query_id, "Result": [1]}).encode(), {"Postbacksecret": secret})
    try:
        return urllib.request.urlopen(request, timeout=timeout).status
    except urllib.error.HTTPError as error:
        return error.code


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


def count():
    return int(run(f"sqlite3 -readonly {STORE} 'SELECT count(*) FROM v_postbacks'"))


def main_pid():
    return int(run("systemctl show -p MainPID --value postbackd"))


def configure(text):
    with CONFIGURATION.open("a") as file:
        file.write(text)
