"""What this clone knows of the branches it made and pushed, so that it overwrites nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from amigrate.model import ChangeSet
from amigrate_cli.deliver.whole import write_whole
from amigrate_cli.errors import FAILED, Stop

FILE = "branches.json"
SCHEMA = "amigrate.branches/1"
_KEPT = 20  # commits of a branch


@dataclass(frozen=True, slots=True)
class Made:
    """The commits of ours that were the tip of a branch, the latest last, and the digest of what it changes."""

    heads: tuple[str, ...] = ()
    change: str = ""


def change_of(change_set: ChangeSet, below: str = "") -> str:
    """A digest of what a change set does to the files that it touches; `below` is the commit of another part it is on.

    It says nothing of the rest of the project: when only that moves, a pull request is still right.
    """
    digest = sha256(below.encode())
    for change in change_set.changes:
        for data in (change.path.encode("utf-8", "surrogateescape"), change.before, change.after):
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


def known(folder: Path, branch: str) -> Made:
    """What is known of a branch.

    Raises:
        Stop: the record cannot be read.
    """
    return _load(folder).get(branch, Made())


def remember(folder: Path, branch: str, head: str, change: str) -> None:
    """Keeps that `head` is our tip of a branch, or is about to be."""
    made = _load(folder)
    heads = (*(one for one in made.get(branch, Made()).heads if one != head), head)[-_KEPT:]
    branches = {**made, branch: Made(heads, change)}
    folder.mkdir(parents=True, exist_ok=True)
    data = {"schema": SCHEMA, "branches": {name: asdict(one) for name, one in branches.items()}}
    write_whole(folder / FILE, json.dumps(data, indent=2).encode() + b"\n")


def _load(folder: Path) -> Mapping[str, Made]:
    path = folder / FILE
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] != SCHEMA:
            raise ValueError(f"is {data['schema']}, not {SCHEMA}")
        return {name: Made(tuple(map(str, one["heads"])), str(one["change"])) for name, one in data["branches"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(f"{path}: cannot be read: {error}; remove it", FAILED) from error
