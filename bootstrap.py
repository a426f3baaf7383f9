"""Set up Passagework in a virtual environment beside this file, then run it or its tests.

    python3 bootstrap.py import ~/Music     (or any other command of passagework)
    python3 bootstrap.py test               (all tests; what follows goes to pytest)

Needs Python 3.11 or newer with venv, and the network the first time. Nothing is written outside this folder.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys

# Stands before everything that an older Python would not understand.
if sys.version_info < (3, 11):  # noqa: UP036 - this file is what such a Python is started with
    newer = next(filter(None, (shutil.which(f"python3.{minor}") for minor in range(20, 10, -1))), None)
    hint = f"run it with {newer}" if newer else "install a newer one, for example with your package manager"
    sys.exit(f"Passagework needs Python 3.11 or newer, this is {sys.version.split()[0]}: {hint}.")

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "passagework-ready.json")


def main(arguments: list[str]) -> None:
    """Set up what the command needs and become that command."""
    testing = arguments[:1] == ["test"]
    lock = os.open(ROOT, os.O_RDONLY)
    # Two of these at once would install into each other; the lock ends with the process or when it becomes another.
    fcntl.flock(lock, fcntl.LOCK_EX)
    set_up({"test"} if testing else set())
    os.close(lock)
    if testing:
        os.chdir(ROOT)
        become("pytest", arguments[1:])
    become("passagework", arguments)


def become(script: str, arguments: list[str]) -> None:
    """Replace this process by a script of the environment, so that signals and exit codes are the script's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(PYTHON, [PYTHON, os.path.join(VENV, "bin", script), *arguments])  # noqa: S606 - no shell is the point


def set_up(extras: set[str]) -> None:
    """Make the environment and install Passagework with ``extras`` into it, unless that was done already."""
    done = read_stamp()
    in_place = done["place"] == place() and runs()
    if in_place and done["packages"] == digest() and extras <= {*done["extras"]}:
        return
    say("Setting up in .venv (the first time this downloads some 80 MB) ...")
    # Without a stamp it may be an interrupted set-up or somebody's own; with another place in it, it has moved.
    if not in_place and (done["place"] or not runs()):
        make_environment()
    extras = extras | {*done["extras"]}
    install(extras)
    with open(STAMP, "w", encoding="utf-8") as file:
        json.dump({"place": place(), "packages": digest(), "extras": sorted(extras)}, file)
    say("Ready.")


def read_stamp() -> dict[str, list[str]]:
    """Give what an earlier set-up noted, empty values if there was none or it did not end."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            noted = json.load(file)
        return {key: noted[key] for key in ("place", "packages", "extras")}
    except (OSError, ValueError, KeyError, TypeError):
        return {"place": [], "packages": [], "extras": []}


def place() -> list[str]:
    """Name this folder and the Python under the environment: if either changes, what is installed is lost."""
    return [ROOT, os.path.realpath(PYTHON)]


def digest() -> list[str]:
    """Hash the files that decide what is installed."""
    total = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            total.update(file.read())
    return [total.hexdigest()]


def runs() -> bool:
    """Tell whether the environment has a Python that runs, is new enough and knows pip."""
    check = "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 11) or not u.find_spec('pip'))"
    try:
        return subprocess.run([PYTHON, "-I", "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make an empty environment, in place of a broken one if need be."""
    if os.path.isdir(VENV) and os.listdir(VENV) and not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
        give_up(f"{VENV} is in the way: it is not a virtual environment. Move it elsewhere.")
    for module in ("venv", "ensurepip"):
        # Debian and its kin leave parts of the standard library to another package.
        if importlib.util.find_spec(module) is None:
            minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
            give_up(
                f"This Python has no module '{module}'. On Debian and Ubuntu: apt install python{minor}-venv "
                "(or python3-venv); elsewhere, install the venv and pip parts of Python."
            )
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False, stdout=sys.stderr)
    if made.returncode:
        give_up(f"The virtual environment {VENV} could not be made; see above. May this folder be written to?")


def install(extras: set[str]) -> None:
    """Install the pinned packages, and Passagework so that changes to its files count at once."""
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    command = [PYTHON, "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", "-e", target]
    # Relative, because pip splits these at spaces. The second name is that of newer versions, for the build.
    pins = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt", "PIP_USER": "0"}
    installed = subprocess.run(command, cwd=ROOT, env={**os.environ, **pins}, check=False, stdout=sys.stderr)
    if installed.returncode:
        give_up("The packages could not be installed; see above. Is the network there? Running this again goes on.")


def say(text: str) -> None:
    """Tell the person; the standard output belongs to the command that follows."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def give_up(text: str) -> None:
    """Stop with one clear message and the exit code for configuration."""
    say(text)
    sys.exit(2)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
