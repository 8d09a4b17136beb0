"""What went wrong for a day, and nobody heard of it: each drill is found by `postbackctl status --check` alone, and mended by the command that
it prints. Called by guest.py, in the machine or in the container, as root on an installed system."""
import pathlib
import re
import time

from machine import CONFIGURATION, CREDENTIALS, STORE, count, eventually, fails, journal, main_pid, post, run

PLATFORM = """
[platform]
base_url = "http://127.0.0.1:8099"
access_token = "credential:access_token"
token_id = "credential:token_id"
"""


def check():
    """(code, text) of the check."""
    text = run("postbackctl status --check; echo \"code $?\"")
    return int(re.search(r"code (\d)", text)[1]), text


def found(what, code=1):
    """Waits until the check tells it; returns the commands that it prints for it."""
    eventually(lambda: what in check()[1])
    told = check()
    assert told[0] >= code, told
    after = told[1][told[1].index(what):]
    return [one or other for one, other in re.findall(r"`([^`]+)`|\((postbackctl [^;)]+)", after)]


def well():
    eventually(lambda: check()[0] == 0 or "restored" in check()[1])


class Configured:
    """The configuration with more lines, until the end of the block."""

    def __init__(self, more="", **replaced):
        self.more, self.replaced, self.good = more, replaced, CONFIGURATION.read_text()

    def __enter__(self):
        text = self.good
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        CONFIGURATION.write_text(text + self.more)

    def __exit__(self, *_):
        CONFIGURATION.write_text(self.good)
        run("postbackctl apply")


def all_is_well():
    run("postbackctl apply")
    well()


def a_deleted_store():
    run("postbackctl backup /root/before-the-drill")
    kept = count()
    run(f"rm {STORE}*")
    try:
        assert post("lost", timeout=5) != 200
    except OSError:
        pass  # nobody answers: the sender waits in the socket
    commands = found("is its disk mounted?", 2)
    assert any(command.startswith("postbackctl restore") for command in commands), commands
    assert not pathlib.Path(STORE).exists()
    run("systemctl stop postbackd.socket postbackd.service")
    run("postbackctl restore /root/before-the-drill")
    run("systemctl start postbackd.socket postbackd.service")
    assert count() == kept
    assert "restored from a backup" in check()[1]


def an_unmounted_volume():
    run("systemctl stop postbackd.socket postbackd.service")
    run("mv /var/lib/postbackd /var/lib/elsewhere && install -d -o postbackd -g postbackd /var/lib/postbackd")
    run("systemctl start postbackd.socket postbackd.service", check=False)
    found("is its disk mounted?", 2)
    assert run("ls /var/lib/postbackd") == ""
    run("systemctl stop postbackd.socket postbackd.service")
    run("rmdir /var/lib/postbackd && mv /var/lib/elsewhere /var/lib/postbackd")
    run("systemctl start postbackd.socket postbackd.service")
    eventually(lambda: check()[0] < 2)
    assert post("mounted-again") == 200


def a_wrong_secret():
    for _ in range(30):
        assert post("refused", secret="the-secret-of-somebody-else-0123") == 401
    assert "postbackctl report" == found("refused with a wrong secret (401) in the last 15 minutes: 30, the last one from 127.0.0.1 to /postback")[0]
    refused = lambda: int((re.search(r"(\d+) × unauthorized from 127.0.0.1 /postback", run("postbackctl report --day today")) or [0, 0])[1])
    eventually(lambda: refused() >= 30)


def an_expired_token():
    for name, token in (("access_token", "an-expired-access-token"), ("token_id", "simulated-token-id")):
        (CREDENTIALS / name).write_text(token + "\n")
        (CREDENTIALS / name).chmod(0o600)
    run("systemd-run --unit=platform --quiet platform-simulator --port 8099")
    with Configured(PLATFORM, **{"# public_url = \"https://hooks.example.com\"": "public_url = \"http://127.0.0.1:8080\""}):
        assert "restarted" in run("postbackctl apply")
        run("curl -sSf --unix-socket /run/postbackd/api.sock http://postbackd/v1/queries -d '{\"api\":\"people\",\"datasets\":\"basic_data\",\"q\":\"doc{12345678900}\"}'")
        command = found("the platform refuses our account")[0]
        (CREDENTIALS / "access_token").write_text("simulated-access-token\n")
        run(command)
        eventually(lambda: "answered" in run("postbackctl list --state answered --since 10m"))
    run("systemctl stop platform")


def a_poison_result():
    handler = '[[handler]]\nname = "crm"\nkind = "exec"\ncommand = ["/bin/sh", "-c", "exit 65"]\n'
    with Configured(handler):
        assert "restarted: [[handler]] changed" in run("postbackctl apply")
        run("postbackctl register poison")
        assert post("poison") == 200
        commands = found("dead deliveries to crm: 1")
        command = next(command for command in commands if command.startswith("postbackctl kill"))
        assert run(command.replace("WHY", "known")) == "given up: 1\n"
        eventually(lambda: "dead" not in check()[1])


def a_broken_handler():
    before = main_pid()
    run("mkdir -p /home/app && printf '#!/bin/sh\n' >/home/app/h.sh && chmod -R 755 /home/app")
    with Configured('[[handler]]\nname = "app"\nkind = "exec"\ncommand = ["/home/app/h.sh"]\n'):
        said = fails("postbackctl apply")  # root sees /home, the unit does not
        assert "/home/app/h.sh" in said and "nothing was changed" in said, said
        assert main_pid() == before and post("goes-on") == 200
        run("systemctl restart postbackd")  # whoever does it nevertheless still receives
        assert post("goes-on-too") == 200
        assert found("the handler app cannot run: mend it")[0] == "postbackctl apply"


def a_typo_in_a_credential():
    before = main_pid()
    with Configured(**{'"credential:postbacksecret"': '"credential:postbacksecert"'}):
        assert "postbacksecert' does not exist" in fails("postbackctl apply")
        assert main_pid() == before and post("still-there") == 200


def a_new_certificate():
    run("cd /tmp && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -keyout key -out certificate 2>&1"
        f" && mv key certificate {CREDENTIALS} && chmod 600 {CREDENTIALS}/*")
    with Configured(**{"port = 8080\n": 'port = 8080\ntls = { certificate = "credential:certificate", private_key = "credential:key" }\n'}):
        run("postbackctl apply")
        assert found("days until the certificate expires: 0", 2)[0] == "postbackctl apply"
        run("cd /tmp && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=localhost -keyout key -out certificate 2>&1"
            f" && mv key certificate {CREDENTIALS} && chmod 600 {CREDENTIALS}/*")
        assert found("its file has changed, and the unit has the old one")[0] == "postbackctl apply"
        assert "new credentials" in run("postbackctl apply")
        eventually(lambda: "certificate" not in check()[1])


def a_wrong_key_in_the_file():
    before = main_pid()
    with Configured("[limits_]\nbody = \"1MiB\"\n"):
        command = found("the configuration is wrong, and the next start would fail")[0]
        assert command == "postbackctl apply"
        assert "limits_: unknown key" in fails(command)
        assert "goes-on" in run("postbackctl list --unmatched")  # the tools work
        assert main_pid() == before and post("unharmed") == 200


def a_full_disk():
    with Configured(**{'# free_space = "64MiB"': 'free_space = "900GiB"'}):
        run("postbackctl apply", check=False)
        assert post("no-room") == 503
        found("not ready", 2)
    eventually(lambda: post("room-again") == 200)


def another_machine():
    run("postbackctl backup /root/old-machine --with-credentials")
    old = (CREDENTIALS / "postbacksecret").read_text()
    (CREDENTIALS / "postbacksecret").write_text("the-secret-of-a-new-installation-01\n")
    run("systemctl stop postbackd.socket postbackd.service")
    said = run("postbackctl restore --replace /root/old-machine")
    assert "credential:postbacksecret here is not the secret of the backup" in said, said
    assert "/etc/postbackd/credentials/postbacksecret' is not that of the backup" in said, said
    run("cp -r /root/old-machine.files/. /")
    assert (CREDENTIALS / "postbacksecret").read_text() == old
    assert run("stat -c %a / /etc /etc/postbackd/credentials /etc/postbackd/postbackd.toml").split() == ["755", "755", "700", "644"]
    run("systemctl start postbackd.socket postbackd.service")
    assert post("from-the-old-platform", secret=old.strip()) == 200


def backups_by_the_timer():
    run("systemctl start postbackd-backup.service")
    assert len(list(pathlib.Path("/var/backups/postbackd").glob("*.backup"))) == 1
    time.sleep(1)
    run("systemctl start postbackd-backup.service")
    assert "the newest of" in run("postbackctl status")
    copies = sorted(pathlib.Path("/var/backups/postbackd").glob("*.backup"))
    assert len(copies) == 2 and copies[0].stat().st_mode & 0o077 == 0


def a_handler_is_given_the_alerts():
    pager = '[[handler]]\nname = "pager"\nkind = "file"\npath = "/var/lib/postbackd/pages"\nmatch = { event = "alert" }\n'
    with Configured(pager):
        run("postbackctl apply")
        post("refused", secret="the-secret-of-somebody-else-0123")
        eventually(lambda: "refused_unauthorized" in run("cat /var/lib/postbackd/pages", check=False) or "State" in run("cat /var/lib/postbackd/pages", check=False))
    assert "event=not_started" not in journal("-n 5")


DRILLS = [all_is_well, a_wrong_secret, a_handler_is_given_the_alerts, an_expired_token, a_poison_result, a_broken_handler, a_typo_in_a_credential, a_new_certificate,
          a_wrong_key_in_the_file, a_full_disk, backups_by_the_timer, an_unmounted_volume, a_deleted_store, another_machine]
