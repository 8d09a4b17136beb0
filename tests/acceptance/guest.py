#!/usr/bin/python3
"""Runs in the virtual machine of tests/acceptance/run, as root, with postbackd installed and never started: what the
documents promise about systemd, users and credentials. Each function is one test; the first failure ends the run."""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request

CONFIGURATION = pathlib.Path("/etc/postbackd/postbackd.toml")
CREDENTIALS = pathlib.Path("/etc/postbackd/credentials")
STORE = "/var/lib/postbackd/postbacks.sqlite3"
SECRET = "0123456789abcdef0123456789abcdef"


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


def post(query_id, port=8080, secret=SECRET, timeout=60):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/postback", json.dumps({"QueryId": query_id}).encode(), {"Postbacksecret": secret})
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


def a_wrong_configuration_is_one_error_in_the_journal():
    fails("systemctl start postbackd.service")
    errors = journal("-p err").splitlines()
    assert any(line.startswith("event=not_started") and "postbacksecret' does not exist" in line for line in errors), errors
    run("systemctl stop postbackd.service postbackd.socket; systemctl reset-failed")


def the_commands_of_the_readme_start_it_and_its_socket():
    run(f"systemd-sysusers && systemd-tmpfiles --create")
    secret = CREDENTIALS / "postbacksecret"
    secret.write_text(SECRET + "\n")
    run("systemctl enable --now postbackd.service")
    assert run("systemctl is-active postbackd.socket").strip() == "active"
    assert run("systemctl is-enabled postbackd.socket").strip() == "enabled"
    assert post("q-1") == 200
    assert post("q-1", secret="wrong") == 401
    assert "event=store_created" in journal("-p warning")


def restarts_refuse_nobody():
    answers = []

    def load():
        for number in range(60):
            answers.append(post(f"restart-{number}"))

    senders = [threading.Thread(target=load) for _ in range(2)]
    for sender in senders:
        sender.start()
    for _ in range(3):
        run("systemctl restart postbackd")
    for sender in senders:
        sender.join()
    assert answers == [200] * 120, answers


def a_reload_takes_the_new_configuration():
    configure("\n[[route]]\npath = \"/second\"\npostbacksecret = \"credential:postbacksecret\"\n")
    before = main_pid()
    run("systemctl reload postbackd")
    eventually(lambda: "event=reloaded routes=2" in journal())
    assert main_pid() == before
    assert "2 route(s)" in run("systemctl status postbackd --no-pager")


def a_reload_of_a_wrong_file_is_refused_and_changes_nothing():
    good = CONFIGURATION.read_text()
    pathlib.Path("/etc/postbackd/good.toml").write_text(good)
    configure("\n[limit]\nbody = \"1MiB\"\n")
    fails("systemctl reload postbackd")
    assert "limit: unknown key: did you mean limits?" in journal()
    assert post("q-2") == 200
    run("systemctl kill -s HUP --kill-who=main postbackd")  # whoever sends it past the check
    eventually(lambda: "the last reload failed" in run("postbackctl --config /etc/postbackd/good.toml status"))
    CONFIGURATION.write_text(good)
    run("systemctl reload postbackd")


def a_new_credential_is_a_file_and_a_restart():
    (CREDENTIALS / "next").write_text("another-secret-of-32-characters\n")
    text = CONFIGURATION.read_text()
    CONFIGURATION.write_text(text.replace('["credential:postbacksecret"]', '["credential:postbacksecret", "credential:next"]'))
    run("systemctl restart postbackd")
    assert post("q-3", secret="another-secret-of-32-characters") == 200
    assert post("q-3") == 200


def tls_with_credentials():
    run("cd /tmp && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost -keyout key -out certificate 2>&1")
    run(f"mv /tmp/key /tmp/certificate {CREDENTIALS} && chmod 600 {CREDENTIALS}/*")
    good = CONFIGURATION.read_text()
    CONFIGURATION.write_text(good.replace("port = 8080\n", 'port = 8080\ntls = { certificate = "credential:certificate", private_key = "credential:key" }\n'))
    run("systemctl restart postbackd")
    answer = run(f"curl -sS --cacert {CREDENTIALS}/certificate -H 'Postbacksecret: {SECRET}' -d '{{\"QueryId\":\"tls\"}}' https://localhost:8080/postback")
    assert "receipt" in answer, answer
    CONFIGURATION.write_text(good)
    run("systemctl restart postbackd")


def a_check_by_root_sees_what_the_daemons_user_sees():
    secret = pathlib.Path("/etc/postbackd/root-only")
    secret.write_text("a-secret-that-only-root-may-read\n")
    secret.chmod(0o600)
    good = CONFIGURATION.read_text()
    configure(f"\n[[route]]\npath = \"/third\"\npostbacksecret = \"file:{secret}\"\n")
    assert "cannot read the credential file '/etc/postbackd/root-only': Permission denied" in fails("postbackd --check-config")
    CONFIGURATION.write_text(good)
    run("postbackd --check-config")


def a_member_of_the_group_reads_and_an_outsider_learns_which_group():
    run("useradd -m member -G postbackd && useradd -m outsider")
    assert int(run(f"sqlite3 -readonly {STORE} 'SELECT count(*) FROM v_postbacks'", "member")) == count()
    assert "ready" in run("postbackctl status", "member")
    for command in ("postbackctl status", "postbackctl list"):
        said = fails(command, "outsider")
        assert "adduser outsider postbackd" in said, said
    fails(f"sqlite3 {STORE} .tables", "outsider")
    run("postbackctl list", "member")


def the_daemons_memory_is_closed_to_its_own_user_and_to_dumps():
    pid = main_pid()
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits), limits
    fails(f"head -c 1 /proc/{pid}/environ", "postbackd")


def a_killed_daemon_comes_back_with_all_it_acknowledged():
    before = count()
    assert post("before-the-kill") == 200
    os.kill(main_pid(), 9)
    assert post("after-the-kill") == 200  # waits in the socket
    assert count() == before + 2


def a_hung_daemon_is_restarted_by_its_watchdog():
    run("mkdir -p /run/systemd/system/postbackd.service.d && printf '[Service]\\nWatchdogSec=12\\n' >/run/systemd/system/postbackd.service.d/watchdog.conf")
    run("systemctl daemon-reload && systemctl restart postbackd")
    before = main_pid()
    os.kill(before, 19)
    eventually(lambda: main_pid() not in (0, before), 120)
    assert post("after-the-hang") == 200


def the_sandbox_is_tight():
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", run("systemd-analyze security --no-pager postbackd.service")).group(1))
    print(f"guest: exposure level {level}")
    assert level <= 1.3


TESTS = [value for value in list(globals().values()) if callable(value) and getattr(value, "__module__", "") == "__main__"
         and value.__name__ not in ("run", "fails", "journal", "post", "eventually", "count", "main_pid", "configure")]


def main():
    eventually(lambda: run("systemctl is-system-running", check=False).strip() in ("running", "degraded", "starting"))
    for test in TESTS:
        start = time.monotonic()
        try:
            test()
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print(journal("-n 40"))
            print(f"guest: FAILED {test.__name__}", flush=True)
            return 1
        print(f"guest: ok {test.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    print("guest: all good", flush=True)
    return 0


sys.exit(main())
