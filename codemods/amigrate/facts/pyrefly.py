"""Asks Pyrefly for the types of a project's expressions, with our own copy of the stubs of Django.

Pyrefly only reads: neither the project, nor its configuration, nor an interpreter is run. Its answer is kept in a cache
by the content of all files. There is no error: where Pyrefly cannot answer, there is a reason, and the facts are alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from amigrate.facts import oracle_cache
from amigrate.facts.oracle import FileTypes, Oracle
from amigrate.facts.pyrefly_config import render_config
from amigrate.facts.pyrefly_report import MANIFEST, Report, UnsupportedFormat

# What Django's stubs consist of: distributions and their directory in site-packages.
_STUBS = {"django-stubs": "django-stubs", "django-stubs-ext": "django_stubs_ext"}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Pyrefly did not answer; `reason` is one line for the report."""

    reason: str


class _Failed(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Tools:
    """Pyrefly of this environment, or else one on PATH; the stubs; and what tells them from other versions."""

    program: Path
    stubs: tuple[Path, ...]
    identity: str


def run_pyrefly(
    root: Path,
    files: Sequence[str],
    import_roots: Sequence[str],
    python: str,
    cache_dir: Path | None,
    timeout: float = 300,
) -> Oracle | None:
    """The same as `ask_pyrefly`, with None for `Unavailable`."""
    answer = ask_pyrefly(root, files, import_roots, python, cache_dir, timeout)
    return answer if isinstance(answer, Oracle) else None


def ask_pyrefly(
    root: Path,
    files: Sequence[str],
    import_roots: Sequence[str],
    python: str,
    cache_dir: Path | None,
    timeout: float = 300,
) -> Oracle | Unavailable:
    """The types in `files`, from the cache or from a run of Pyrefly.

    Args:
        root: the project.
        files: all its Python files, relative to `root`, with `/`; also those that others import and that are not
            changed. Their content is the key of the cache.
        import_roots: the directories that modules are imported from, relative to `root` (`""` or `"."` for itself).
        python: the version that the project runs on, such as `3.12`.
        cache_dir: a directory to keep answers in; None keeps none. It is made when it is not there.
        timeout: seconds of wall time.
    """
    try:
        tools = _find_tools()
        root = root.resolve()
        # A name that no configuration file can hold; the file is then not covered.
        readable = sorted(path for path in set(files) if path.isprintable())
        key = oracle_cache.key(
            root, readable, [python, *import_roots, tools.identity, render_config("", (), (), "", "")]
        )
        if cached := oracle_cache.load(cache_dir, key):
            return cached
        types = _run(tools, root, readable, import_roots, python, timeout)
    except _Failed as failure:
        return Unavailable(str(failure))
    except OSError as error:
        return Unavailable(f"Pyrefly could not be run: {error}")
    return oracle_cache.store(cache_dir, key, types) or Oracle(types)


def _find_tools() -> _Tools:
    beside = shutil.which("pyrefly", path=str(Path(sys.executable).parent))
    program = beside or shutil.which("pyrefly")
    if program is None:
        raise _Failed("Pyrefly is not installed; install it beside amigrate: pip install pyrefly")
    try:
        distributions = {name: metadata.distribution(name) for name in _STUBS}
    except metadata.PackageNotFoundError as error:
        raise _Failed(f"{error.name} is not installed; install it beside amigrate: pip install django-stubs") from None
    stubs = tuple(Path(str(dist.locate_file(_STUBS[name]))) for name, dist in distributions.items())
    if missing := [str(directory) for directory in stubs if not directory.is_dir()]:
        raise _Failed(f"the stubs of Django are not where they were installed: {missing[0]}")
    # Size and time stand for the version of the program: asking it would cost more than a warm answer.
    status = Path(program).stat()
    versions = [f"{name} {dist.version}" for name, dist in distributions.items()]
    return _Tools(Path(program), stubs, f"{status.st_size} {status.st_mtime_ns} {versions}")


def _run(
    tools: _Tools, root: Path, files: Sequence[str], import_roots: Sequence[str], python: str, timeout: float
) -> dict[str, FileTypes]:
    with tempfile.TemporaryDirectory(prefix="amigrate-pyrefly-") as name:
        scratch = Path(name).resolve()
        stubs = scratch / "stubs"
        stubs.mkdir()
        for directory in tools.stubs:
            _expose(directory, stubs / directory.name)
        config = scratch / "config.toml"
        roots = [(root / path).as_posix() for path in import_roots]
        config.write_text(render_config(root.as_posix(), files, roots, stubs.as_posix(), python), encoding="utf-8")
        report = scratch / "report"
        _check(tools.program, config, report, timeout)
        return _read(report, root, files)


def _expose(source: Path, target: Path) -> None:
    # Only the stubs, not all that is installed beside them: Django itself would be read too.
    try:
        target.symlink_to(source, target_is_directory=True)
    except OSError:
        shutil.copytree(source, target)


def _check(program: Path, config: Path, report: Path, timeout: float) -> None:
    command: list[str | Path] = [
        program,
        "check",
        "-c",
        config,
        "--report-pysa",
        report,
        "--report-pysa-format",
        "json",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYREFLY_")}
    try:
        done = subprocess.run(command, cwd=config.parent, env=environment, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise _Failed(f"Pyrefly took longer than {timeout:g} seconds") from None
    # Exit code 1 only means that there are type errors.
    if not (report / MANIFEST).is_file():
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        raise _Failed(f"Pyrefly ended with exit code {done.returncode} and no report: {said[-1]}")


def _read(directory: Path, root: Path, files: Sequence[str]) -> dict[str, FileTypes]:
    try:
        report = Report(directory)
        modules = report.files()
        ids = {path: modules.get(str(root / path)) for path in files}
        return {path: report.types(module_id) for path, module_id in ids.items() if module_id is not None}
    except UnsupportedFormat as error:
        raise _Failed(f"Pyrefly is of another version: {error}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _Failed(f"Pyrefly's report could not be read: {type(error).__name__}: {error}") from None
