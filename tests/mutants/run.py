"""Breaks the code in each way that a patch here describes, and fails when the named test does not notice.

A patch begins with the harm it would do and a line `killed by: PROGRAM [ARGUMENTS]`; the rest is a diff. It works on a copy of
the tree in build/mutants; further processors work on copies of that, each of which sees its own at the same path.
usage: run.py ROOT [NAME… | --third]     --third: those whose turn it is in this commit"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time


def call(command, folder, log, timeout=3600):
    with open(log, "w") as out:
        return subprocess.run(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, timeout=timeout).returncode


class Copy:
    """The tree as it is now, without what git ignores, and a build of the tests that are needed."""

    def __init__(self, root):
        self.root = root
        self.folder = root / "build/mutants"
        self.tree = self.folder / "tree"
        self.build = self.folder / "build"

    def lay(self):
        root = self.root
        # Not the times of files: what a mutant that was interrupted left built must be built again.
        self.tree.mkdir(parents=True, exist_ok=True)
        files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True)
        present = [name for name in files.stdout.splitlines() if (root / name).is_file()]
        subprocess.run(["rsync", "-rlp", "--delete", "--checksum", "--files-from=-", f"{root}/", f"{self.tree}/"],
                       input="\n".join(present), text=True, check=True)
        for path in self.tree.rglob("*"):  # rsync deletes nothing outside of the list
            if path.is_file() and str(path.relative_to(self.tree)) not in set(present):
                path.unlink()
        subprocess.run(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_COMPILER=clang++",
                        "-DCMAKE_CXX_FLAGS=-O0 -w"], check=True, stdout=subprocess.DEVNULL)

    def make(self, programs):
        return call(["cmake", "--build", self.build, "--target", *sorted(programs)], self.folder, self.folder / "build.log")

    def patch(self, path):
        return call(["patch", "-p1", "--quiet", "--no-backup-if-mismatch", "-i", path], self.tree, self.folder / "patch.log")

    def restore(self, path):
        """Puts the files of a patch back; patch -R may find another place than the one where it was applied."""
        for name in re.findall(r"^--- a/(\S+)", path.read_text(), re.M):
            shutil.copyfile(self.root / name, self.tree / name)

    def run(self, command, log="test.log"):
        try:
            return call([self.build / "bin" / command[0], *command[1:]], self.folder, self.folder / log, 300)
        except subprocess.TimeoutExpired:
            return 1  # it hangs: it was noticed


def outcome_of(copy, path, command):
    try:
        if copy.patch(path):
            return "does not apply: the code has changed, so write the patch again"
        if copy.make([command[0]]):
            return "does not build"
        return None if copy.run(command) else "SURVIVES"
    finally:
        copy.restore(path)


def check_without_mutants(copy, commands):
    logs = [f"test-{number}.log" for number in range(len(commands))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for command, log, failed in zip(commands, logs, pool.map(copy.run, commands, logs)):
            if failed:
                sys.exit(f"mutants: without a mutant, {' '.join(command)} fails: {copy.folder}/{log}")


def try_all(copy, patches, started):
    """How many of them were not killed."""
    wrong = 0
    for path in patches:
        problem = outcome_of(copy, path, command_of(path))
        wrong += problem is not None
        print(f"{time.monotonic() - started:6.0f} s  {path.stem}: {problem or 'killed'}", flush=True)
    return wrong


def command_of(path):
    return shlex.split(next(line for line in path.read_text().splitlines() if line.startswith("killed by: "))[11:])


def start_beside(copy, number, patches, started):
    """This program once more, in a mount namespace where a second copy lies over build/mutants: what is built knows its path."""
    second = copy.root / f"build/mutants-{number}"
    subprocess.run(["rsync", "-a", "--delete", f"{copy.folder}/", f"{second}/"], check=True)
    return subprocess.Popen(["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-ec",
                             f'mount --bind "{second}" "{copy.folder}"; exec "$@"', "sh", sys.executable, __file__, "--beside",
                             str(started), copy.root, *(path.stem for path in patches)])


def third_of(root, patches):
    """A third of them, another one in another commit: all take half of CI's time."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout
    return patches[int(commit, 16) % 3::3]


def main(root, names):
    patches = sorted((root / "tests/mutants").glob("*.patch"))
    patches = third_of(root, patches) if names == ["--third"] else [p for p in patches if not names or p.stem in names]
    commands = sorted({tuple(command_of(p)) for p in patches})
    copy = Copy(root)
    copy.lay()
    started = time.monotonic()
    if copy.make({command[0] for command in commands}):
        sys.exit(f"mutants: the tree itself does not build: {copy.folder}/build.log")
    check_without_mutants(copy, commands)
    shares = [share for share in (patches[n::os.cpu_count()] for n in range(os.cpu_count())) if share]
    others = [start_beside(copy, number, share, started) for number, share in enumerate(shares[1:], 2)]
    wrong = try_all(copy, shares[0], started) + sum(other.wait() for other in others)
    print(f"{len(patches) - wrong} of {len(patches)} mutants killed")
    return wrong > 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    beside = float(arguments[1]) if arguments[0] == "--beside" else None
    root = pathlib.Path(arguments[2 if beside is not None else 0]).resolve()
    os.environ.setdefault("CCACHE_DIR", str(root / ".cache/ccache"))
    if beside is not None:
        sys.exit(try_all(Copy(root), [root / f"tests/mutants/{name}.patch" for name in arguments[3:]], beside))
    sys.exit(main(root, arguments[1:]))
