"""The first command on a fresh machine works or says in one line what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NAMES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
TOO_OLD = '#!/bin/sh\ncase "$2" in *platform*) echo 3.9.2 ;; *) exit 1 ;; esac\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *platform*) echo 3.12.1 ;; *version_info*) ;; *) exit 1 ;; esac\n'
ABSENT = "#!/bin/sh\nexit 127\n"
WHICH_ARGUMENTS = '#!/bin/sh\ncase "$1" in -m) echo "$@" ;; esac\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the installer without a .venv."""
    (folder := tmp_path / "a checkout").mkdir()
    shutil.copytree(PROJECT / "deploy", folder / "deploy")
    shutil.copytree(PROJECT / "requirements", folder / "requirements")
    return folder


def install(checkout: Path, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Run the installer where only the given programs stand for Python."""
    (programs := checkout / "bin").mkdir()
    for name in NAMES:
        (program := programs / name).write_text(pythons.get(name.replace(".", "_"), ABSENT))
        program.chmod(0o755)
    env = {"PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    command = ["sh", "deploy/local/install.sh", "local"]
    return subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("python3", "said"),
    [
        (ABSENT, "needs Python 3.11 or newer, found none"),
        (TOO_OLD, "needs Python 3.11 or newer, found only: 3.9.2"),
        (WITHOUT_VENV, "Python 3.12.1 is here, but without its venv module"),
    ],
)
def test_a_python_that_will_not_do_is_one_clear_line(checkout: Path, python3: str, said: str) -> None:
    done = install(checkout, python3=python3)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_first_python_that_can_is_taken(checkout: Path) -> None:
    done = install(checkout, python3=TOO_OLD, python3_12=WITHOUT_VENV, python3_11=WHICH_ARGUMENTS)
    assert (done.returncode, done.stdout) == (0, "-m deploy.local.install local\n")


def run(checkout: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run the installer itself; no package of a lock file can be had, so that only empty ones succeed."""
    command = [sys.executable, "-m", "deploy.local.install", name]
    env = {"PIP_NO_INDEX": "1", "PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)


def test_an_install_is_done_once_and_again_when_needed(checkout: Path) -> None:
    (lock_file := checkout / "requirements/local.txt").write_text("# nothing\n")
    (checkout / "requirements/dev.txt").write_text("# nothing, for developers\n")
    assert "making .venv" in run(checkout, "local").stdout
    assert run(checkout, "local").stdout == ""

    lock_file.write_text("# nothing, but otherwise\n")
    assert run(checkout, "local").stdout.startswith("Firstfill: installing requirements/local.txt")

    lock_file.write_text(f"nowhere-to-be-had==1.0 --hash=sha256:{'0' * 64}\n")
    assert run(checkout, "local").returncode == 1

    after_being_cut_short = run(checkout, "dev")
    assert "making .venv" in after_being_cut_short.stdout
    assert run(checkout, "local").stdout == "", "who has the tools for development can run"
