"""What git lists of a folder."""

from __future__ import annotations

import os
from pathlib import Path

# A hook or an outer git may have set these; they would make git answer for another repository or index.
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
_GIT_TIMEOUT_SECONDS = 120


def git_files(root: Path) -> list[str]:
    """The files below `root`, an absolute path, that git tracks, and the others that it does not ignore.

    None without a repository.
    """
    if not any(os.path.lexists(f"{folder}/.git") for folder in (root, *root.parents)):
        return []  # as git would say, which takes longer
    import shutil  # these take as long as a second run on a small project
    import subprocess

    git = shutil.which("git")
    if git is None:
        return []
    # The configuration of the repository is as untrusted as its code: nothing that it names may be started.
    command = [git, "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-C", os.fspath(root)]
    command += ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": ""}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_GIT_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode:
        return []
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
