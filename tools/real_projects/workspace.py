"""Where a real project is unpacked and run: a tree in git, a virtual environment, and settings beside the tree."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from real_projects.projects import DATA, RealProject

RUNTIME = Path(__file__).parents[2] / "runtime"  # for the code that imports django_ahead


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one project under test; `tree` is the unpacked source distribution, a git repository."""

    project: RealProject
    folder: Path

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def example(self) -> Path:
        return self.folder / "example"

    @property
    def cache(self) -> Path:
        """For amigrate's cache: a cold one, as it does not know that amigrate's own code has changed."""
        return self.folder / "cache"

    def environment(self) -> dict[str, str]:
        """The environment in which the project's code runs. No bytecode is written, so the tree stays clean."""
        own = [self.tree / path for path in self.project.paths]
        paths = (self.tree, *own, self.project.data, DATA / "shared", self.example, RUNTIME)
        return {
            **os.environ,
            "CORPUS_FOLDER": str(self.folder),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "DJANGO_SETTINGS_MODULE": self.project.settings,
        }


def prepare(project: RealProject, folder: Path) -> Workspace:
    """A fresh tree of `project` under `folder`, in git on the branch `main`; environment and download are reused.

    Raises:
        subprocess.CalledProcessError: pip or git failed; its own message is on stderr.
    """
    workspace = Workspace(project, folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(workspace.cache, ignore_errors=True)
    unpack(download(project.name, project.version, folder / "sdist"), workspace.tree)
    _create_environment(workspace)
    if project.template:
        _render_template(workspace)
    _commit_all(workspace.tree)
    return workspace


def run(command: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None) -> None:
    """Runs `command` quietly.

    Raises:
        subprocess.CalledProcessError: it failed; what it wrote is shown first.
    """
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        raise subprocess.CalledProcessError(done.returncode, list(map(str, command)))


def download(name: str, version: str, folder: Path) -> Path:
    """The source distribution of a release, in `folder`; it is downloaded once.

    Raises:
        subprocess.CalledProcessError: pip failed; its own message is on stderr.
    """
    if not any(folder.glob(f"*-{version}.tar.gz")):
        folder.mkdir(parents=True, exist_ok=True)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
        run((*pip, "--no-binary", name, f"{name}=={version}"), cwd=folder)
    return next(folder.glob(f"*-{version}.tar.gz"))


def unpack(archive: Path, tree: Path) -> None:
    """Puts what is in the one folder of an archive at `tree`, in place of what was there."""
    unpacked = tree.with_name("unpacked")
    for folder in (tree, unpacked):
        shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    (top,) = unpacked.iterdir()
    top.rename(tree)
    unpacked.rmdir()


def _create_environment(workspace: Workspace) -> None:
    lists = [folder / "requirements.txt" for folder in (workspace.project.data, DATA / "shared")]
    stamp = workspace.folder / "venv" / "installed"
    wanted = hashlib.sha256(b"".join(requirements.read_bytes() for requirements in lists)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run((_interpreter(workspace.project), "-m", "venv", "--clear", workspace.folder / "venv"), cwd=workspace.folder)
    pip = (workspace.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run((*pip, *(option for requirements in lists for option in ("-r", requirements))), cwd=workspace.folder)
    stamp.write_text(wanted)


def _interpreter(project: RealProject) -> str:
    """The Python that a project wants, from the path or from pyenv; otherwise the one that runs this."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(versions.glob(f"{project.python}.*/bin/python"), reverse=True)
    found = shutil.which(f"python{project.python}")
    candidates = [*([found] if found else []), *map(str, installed)]
    return next((python for python in candidates if _runs(python)), sys.executable)


def _runs(python: str) -> bool:
    """Asks it: pyenv puts shims on the path that cannot run, and Debian ships Pythons without venv."""
    return subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0


def _render_template(workspace: Workspace) -> None:
    shutil.rmtree(workspace.example, ignore_errors=True)
    workspace.example.mkdir()
    template = workspace.tree / workspace.project.template
    startproject = ("-m", "django", "startproject", f"--template={template}", "example", ".")
    without_settings = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    # Django refuses a name that can be imported, so not from the folder that holds `example`.
    run((workspace.python, *startproject), cwd=workspace.example, env=without_settings)


def _commit_all(tree: Path) -> None:
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("config", "user.name", "Corpus"),
        ("config", "user.email", "corpus@example.org"),
        ("config", "core.autocrlf", "false"),
        ("add", "--all", "--force"),
        ("commit", "--quiet", "--message=Upstream release"),
    ):
        run(("git", *arguments), cwd=tree)
