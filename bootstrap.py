"""Set up Passagework in the virtual environment .venv in this folder, then run it or its tests.

    python3 bootstrap.py import ~/Music     (or any other command of passagework)
    python3 bootstrap.py test               (all tests; other arguments go to pytest)

Needs Python 3.11 or newer with venv, and the network the first time. Nothing is written outside this folder.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys

# Before all code that an older Python cannot run.
if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may run this file
    newer = next(filter(None, (shutil.which(f"python3.{minor}") for minor in range(20, 10, -1))), None)
    hint = f"run it with {newer}" if newer else "install a newer one, for example with your package manager"
    sys.exit(f"Passagework needs Python 3.11 or newer, this is {sys.version.split()[0]}: {hint}.")

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
PINS = "constraints.txt"
NETS = "musicnn"
STAMP = os.path.join(VENV, "passagework-ready.json")


def main(arguments: list[str]) -> None:
    """Set up what the command needs and become that command."""
    testing = arguments[:1] == ["test"]
    lock = os.open(ROOT, os.O_RDONLY)
    # Two at once would install into the same environment. Exec or exit releases the lock at the latest.
    fcntl.flock(lock, fcntl.LOCK_EX)
    set_up({"test"} if testing else set())
    os.close(lock)
    if testing:
        os.chdir(ROOT)
        become("pytest", arguments[1:])
    become("passagework", arguments)


def become(script: str, arguments: list[str]) -> None:
    """Replace this process by a script of the environment, so that it gets the signals and gives the exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(PYTHON, [PYTHON, os.path.join(VENV, "bin", script), *arguments])  # noqa: S606 - no shell is the point


def set_up(extras: set[str]) -> None:
    """Make the environment and install Passagework with ``extras``, unless it is up to date."""
    done = read_stamp()
    in_place = done["place"] == place() and runs()
    if in_place and done["packages"] == digest() and extras <= {*done["extras"]}:
        return
    say("Setting up in .venv (the first time this downloads some 110 MB) ...")
    # Without a stamp the environment is from an interrupted set-up or made by hand: it is kept if it runs. With another
    # place in the stamp, it was moved: it is made again.
    if not in_place and (done["place"] or not runs()):
        make_environment()
    extras = extras | {*done["extras"]}
    install(extras)
    with open(STAMP, "w", encoding="utf-8") as file:
        json.dump({"place": place(), "packages": digest(), "extras": sorted(extras)}, file)
    say("Ready.")


def read_stamp() -> dict[str, list[str]]:
    """Return the stamp of an earlier set-up; empty values if there was none or it did not end."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            noted = json.load(file)
        return {key: noted[key] for key in ("place", "packages", "extras")}
    except (OSError, ValueError, KeyError, TypeError):
        return {"place": [], "packages": [], "extras": []}


def place() -> list[str]:
    """Return this folder and the Python of the environment: if either changes, the environment is made again."""
    return [ROOT, os.path.realpath(PYTHON)]


def digest() -> list[str]:
    """Hash the files that decide what is installed."""
    total = hashlib.sha256()
    for name in ("pyproject.toml", PINS):
        with open(os.path.join(ROOT, name), "rb") as file:
            total.update(file.read())
    return [total.hexdigest()]


def runs() -> bool:
    """Return whether the environment has a Python that runs, is new enough and has pip."""
    check = "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 11) or not u.find_spec('pip'))"
    try:
        return subprocess.run([PYTHON, "-I", "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make an empty environment; replace a broken one."""
    if os.path.isdir(VENV) and os.listdir(VENV) and not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
        give_up(f"{VENV} is in the way: it is not a virtual environment. Move it elsewhere.")
    for module in ("venv", "ensurepip"):
        # Debian and derived systems have parts of the standard library in a separate package.
        if importlib.util.find_spec(module) is None:
            minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
            give_up(
                f"This Python has no module '{module}'. On Debian and Ubuntu: apt install python{minor}-venv "
                "(or python3-venv); elsewhere, install the venv and pip parts of Python."
            )
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False, stdout=sys.stderr)
    if made.returncode:
        give_up(f"The virtual environment {VENV} could not be made; see above. Is this folder writable?")


def install(extras: set[str]) -> None:
    """Install the pinned packages, and Passagework as an editable install; and the trained nets, if they can be had."""
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    # The package of the trained nets asks for versions that nobody has.
    if not pip_installs("--no-warn-conflicts", "-e", target):
        give_up(
            "The packages could not be installed; see above. Is there a network connection? Run this again to continue."
        )
    if not pip_installs("--no-deps", NETS):
        say(
            f"The trained nets could not be installed; see above. Everything else works without them. To try again:\n"
            f"    {shlex.quote(PYTHON)} -m pip install --no-deps -c {shlex.quote(os.path.join(ROOT, PINS))} {NETS}"
        )


def pip_installs(*what: str) -> bool:
    """Install with the pinned versions; return whether it worked."""
    command = [PYTHON, "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", *what]
    # Relative paths, because pip splits the values at spaces. Newer versions of pip use the second name for the build.
    pins = {"PIP_CONSTRAINT": PINS, "PIP_BUILD_CONSTRAINT": PINS, "PIP_USER": "0"}
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **pins}, check=False, stdout=sys.stderr).returncode == 0


def say(text: str) -> None:
    """Print a message to standard error; standard output belongs to the command that follows."""
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
