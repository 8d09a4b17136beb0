"""Checks what `cmake --install` puts into a scratch root: files, modes, units that systemd accepts, man pages that render
without a warning, completions that load.   Usage: installed_tree.py BUILD_DIRECTORY"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

EXPECTED = {
    "etc/postbackd/postbackd.toml": 0o644,
    "lib/systemd/system/postbackd.service": 0o644,
    "lib/systemd/system/postbackd.socket": 0o644,
    "lib/systemd/system/postbackd@.service": 0o644,
    "lib/systemd/system/postbackd-receive.service": 0o644,
    "lib/systemd/system/postbackd-receive.socket": 0o644,
    "lib/systemd/system/postbackd-work.service": 0o644,
    "usr/share/doc/postbackd/examples/split/receive.toml": 0o644,
    "usr/share/doc/postbackd/examples/postbackd.py": 0o644,
    "usr/bin/platform-simulator": 0o755,
    "usr/bin/postbackctl": 0o755,
    "usr/lib/sysusers.d/postbackd.conf": 0o644,
    "usr/lib/tmpfiles.d/postbackd.conf": 0o644,
    "usr/sbin/postbackd": 0o755,
    "usr/share/bash-completion/completions/postbackctl": 0o644,
    "usr/share/doc/postbackd/README.md": 0o644,
    "usr/share/doc/postbackd/newer_indexes.sql": 0o644,
    "usr/share/doc/postbackd/pt-BR/operations.md": 0o644,
    "usr/share/man/man1/platform-simulator.1": 0o644,
    "usr/share/man/man1/postbackctl.1": 0o644,
    "usr/share/man/man5/postbackd.toml.5": 0o644,
    "usr/share/man/pt_BR/man5/postbackd.toml.5": 0o644,
    "usr/share/man/man7/postbackd-schema.7": 0o644,
    "usr/share/man/man8/postbackd.8": 0o644,
    "usr/share/zsh/vendor-completions/_postbackctl": 0o644,
}
UNITS = {"postbackd": 1.3, "postbackd@": 1.3, "postbackd-receive": 1.1, "postbackd-work": 1.3}  # the most exposed that each may be


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def check_files(root):
    for name, mode in EXPECTED.items():
        path = root / name
        assert path.is_file(), f"{name} is missing"
        assert path.stat().st_mode & 0o777 == mode, f"{name} has mode {path.stat().st_mode & 0o777:o}"


def check_purge(scratch):
    """Runs the package's script on a root of its own: no secret and no store is left, and nothing behind a link is touched."""
    root, elsewhere = scratch / "purged", scratch / "elsewhere"
    script = (pathlib.Path(__file__).resolve().parents[2] / "debian/postbackd.postrm").read_text()
    for folder in ("/var/lib", "/etc"):
        script = script.replace(f"{folder}/postbackd", f"{root}{folder}/postbackd")
    (scratch / "postrm").write_text(script.replace("#DEBHELPER#", ""))
    for name in ("", "receive/", "work/", "test/"):
        (root / "etc/postbackd" / name / "credentials").mkdir(parents=True)
        (root / "etc/postbackd" / name / "credentials/secret").write_text("s")
    (root / "etc/postbackd/test/postbackd.toml").write_text("[store]")
    elsewhere.mkdir()
    (elsewhere / "postbacks.sqlite3").write_text("results")
    (root / "var/lib/postbackd-test").mkdir(parents=True)
    (root / "var/lib/postbackd-test/postbacks.sqlite3").write_text("results")
    (root / "var/lib/postbackd").symlink_to(elsewhere)
    purged = run("sh", str(scratch / "postrm"), "purge")
    assert purged.returncode == 0, purged.stderr
    left = sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())
    assert left == ["etc/postbackd/test/postbackd.toml"], left
    assert (elsewhere / "postbacks.sqlite3").exists() and str(elsewhere) in purged.stderr, purged.stderr


def check_units(root, scratch):
    """Checks the literal units, except for the path of the program, which is not installed on this machine."""
    units = [path for path in (root / "lib/systemd/system").iterdir() if path.name.startswith("postbackd")]
    for path in units:
        name = path.name.replace("@.", "@test.")
        (scratch / name).write_text(path.read_text().replace("/usr/sbin/postbackd", str(root / "usr/sbin/postbackd"))
                                    .replace("/usr/bin/postbackctl", str(root / "usr/bin/postbackctl")))
    verified = run("systemd-analyze", "verify", "--man=no", *(str(scratch / path.name.replace("@.", "@test.")) for path in units))
    assert verified.returncode == 0 and not verified.stderr, verified.stderr
    for unit, most in UNITS.items():
        file = scratch / f"{unit.replace('@', '@test')}.service"
        judged = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(file))
        level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout).group(1))
        print(f"{unit}: exposure level {level}")
        assert level <= most, judged.stdout
    assert "MemoryDenyWriteExecute=" not in re.sub(r"#.*", "", (root / "lib/systemd/system/postbackd.service").read_text())


def check_man_pages(root):
    for page in sorted((root / "usr/share/man").rglob("*.[1578]")):
        rendered = run("man", "--warnings", "-E", "UTF-8", "-l", str(page), env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
        # Words and tables that are wider than a narrow page stand out of it: troff says so of those in Portuguese.
        said = [line for line in rendered.stderr.splitlines()
                if "pt_BR" not in str(page) or not re.search("break line|table (wider|squeezed|column separation)|around line", line)]
        assert rendered.returncode == 0 and not said, f"{page.name}: {said}"
        assert len(rendered.stdout) > 1000, page.name


def check_completions(root):
    bash = root / "usr/share/bash-completion/completions/postbackctl"
    words = run("bash", "-c", f'_init_completion() {{ cur=$2; prev=; words=(postbackctl l); cword=1; }}; source "{bash}";'
                              'complete -p postbackctl postbackd; cur=l; _postbackctl postbackctl l; echo "${COMPREPLY[@]}"')
    assert words.returncode == 0 and not words.stderr and "_postbackctl postbackctl" in words.stdout, words
    zsh = run("zsh", "-n", str(root / "usr/share/zsh/vendor-completions/_postbackctl"))
    assert zsh.returncode == 0 and not zsh.stderr, zsh.stderr


def check_sysusers(root, scratch):
    made = run("systemd-sysusers", f"--root={scratch}", str(root / "usr/lib/sysusers.d/postbackd.conf"))
    assert made.returncode == 0, made.stderr
    assert "postbackd:" in (scratch / "etc/passwd").read_text()
    assert "postbackd:" in (scratch / "etc/group").read_text()


with tempfile.TemporaryDirectory() as folder:
    root, scratch = pathlib.Path(folder) / "root", pathlib.Path(folder) / "scratch"
    (scratch / "etc").mkdir(parents=True)
    installed = run("cmake", "--install", sys.argv[1], "--prefix", "/usr", env={**os.environ, "DESTDIR": str(root)})
    assert installed.returncode == 0, installed.stderr
    check_files(root)
    own = root / "etc/postbackd/postbackd.toml"
    own.write_text("# mine\n")
    run("cmake", "--install", sys.argv[1], "--prefix", "/usr", env={**os.environ, "DESTDIR": str(root)})
    assert own.read_text() == "# mine\n", "an upgrade has overwritten the operator's configuration"
    check_purge(scratch)
    check_units(root, scratch)
    check_man_pages(root)
    check_completions(root)
    check_sysusers(root, scratch)
    print("the installed tree is as Debian expects it")
