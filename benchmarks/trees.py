"""Large real trees to measure on, from the package index as source distributions."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

TREES = {"pulpcore": "3.123.1", "misago": "0.39.6", "weblate": "2026.10.1", "netbox": "4.7.3"}

CACHES = "caches"
"""The folder for caches, under the work folder."""


@dataclass(frozen=True, slots=True)
class Tree:
    """An unpacked source distribution that is only ever copied."""

    name: str
    version: str
    folder: Path

    def python_files(self) -> list[Path]:
        """The Python files, relative to the tree, sorted."""
        return sorted(path.relative_to(self.folder) for path in self.folder.rglob("*.py"))

    def size(self) -> tuple[int, int]:
        """Lines and bytes of its Python files."""
        contents = [(self.folder / path).read_bytes() for path in self.python_files()]
        return sum(content.count(b"\n") for content in contents), sum(map(len, contents))


def fetch(name: str, work: Path) -> Tree:
    """The tree `name`, downloaded and unpacked under `work` unless it is there already.

    Raises:
        subprocess.CalledProcessError: pip failed; its own message is on stderr.
    """
    version = TREES[name]
    folder = work / "trees" / f"{name}-{version}"
    if not folder.exists():
        _unpack(_download(name, version, work / "sdist"), folder)
    return Tree(name, version, folder)


def fresh_copy(tree: Tree, work: Path) -> Path:
    """A new copy of `tree`; the caches of all tools are emptied."""
    copy = work / "copy"
    for folder in (copy, work / CACHES):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tree.folder, copy, symlinks=True)
    return copy


def _download(name: str, version: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # Only the source is wanted: it may need a newer Python than the one that measures.
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    options = ("--python-version", "3.13", "--no-binary", name)
    subprocess.run([*pip, *options, f"{name}=={version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob(f"{name}-{version}.tar.gz"))


def _unpack(archive: Path, folder: Path) -> None:
    unpacked = folder.with_name("unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    (top,) = unpacked.iterdir()
    top.rename(folder)
    unpacked.rmdir()
