"""Reads all files of a project: one `ast` pass each, in processes, cached by content."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from amigrate.collector import without_collector
from amigrate.discover.project import Role, SourceFile
from amigrate.facts.cache import Cache
from amigrate.facts.module import ModuleFacts
from amigrate.facts.reading import read_module, skim_module
from amigrate.facts.sources import Sources
from amigrate.model import Failure

LIMIT = 8_000_000  # bytes: a larger Python file is data
_CHUNK = 40  # files for one process at a time
# tests and migrations are never changed: what they mention is enough, until something depends on one of them
_SKIMMED = frozenset({Role.TEST, Role.MIGRATION})
_DATA = 1_000_000  # bytes: no one writes such a module by hand, and its syntax tree would take hundreds of MB
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_Todo = tuple[str, str, str, bool]  # path, module, digest, light
_WORTH_PROCESSES = 1_500_000  # bytes: below, starting processes costs more than it saves


def read_sources(root: Path, files: Sequence[SourceFile]) -> tuple[Sources, list[Failure]]:
    """The bytes of all files by path, and a failure for each that cannot be read."""
    held: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    failures: list[Failure] = []
    base = root.resolve()
    inside: dict[str, bool] = {}  # by folder: resolving each file alone takes longer than reading it
    for file in files:
        target = root / file.path
        folder = file.path.rpartition("/")[0]
        try:
            if folder not in inside:
                inside[folder] = target.parent.resolve(strict=True).is_relative_to(base)
            linked = target.is_symlink() and not target.resolve(strict=True).is_relative_to(base)
            if linked or not inside[folder]:
                failures.append(Failure(file.path, "is a link out of the project; it is not followed"))
                continue
            with target.open("rb") as opened:
                source = opened.read(LIMIT + 1)
        except OSError as error:
            reason = f"cannot be read ({error.strerror or error}); check its permissions or exclude it"
            failures.append(Failure(file.path, reason))
            continue
        if len(source) > LIMIT:
            failures.append(Failure(file.path, f"larger than {LIMIT // 1_000_000} MB; exclude it"))
        elif source.startswith(_LFS_POINTER):
            failures.append(Failure(file.path, "is a pointer of Git LFS, not the file; `git lfs pull` or exclude it"))
        elif b"\0" in source:
            failures.append(Failure(file.path, "is binary, not Python; rename or exclude it"))
        else:
            digests[file.path] = hashlib.sha256(source).hexdigest()
            if not _is_skimmed(file, len(source)):
                held[file.path] = source
    return Sources(root, held, digests), failures


def _is_skimmed(file: SourceFile, size: int) -> bool:
    return file.role in _SKIMMED or size > _DATA


def scan(
    files: Sequence[SourceFile],
    sources: Sources,
    cache: Cache,
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> tuple[dict[str, ModuleFacts], list[Failure]]:
    """The facts of all modules by module name; files that cannot be parsed are failures."""
    known = cache.load()
    todo: list[_Todo] = []
    facts: dict[str, ModuleFacts] = {}
    for file in files:
        if file.path not in sources:
            continue
        digest, light = sources.digest(file.path), not sources.holds(file.path)
        cached = known.get((file.path, digest))
        if cached is not None and cached.module == file.module and cached.light == light:
            facts[file.path] = cached
        else:
            todo.append((file.path, file.module, digest, light))
    done = len(facts)
    for read in _read_all(todo, sources, jobs):
        facts.update({m.path: m for m in read})
        done += len(read)
        progress("read", done, len(sources))
    if todo:
        cache.store({(m.path, m.digest): m for m in facts.values()})
    failures = [Failure(m.path, f"{m.error}; {_remedy(m.error)}") for m in facts.values() if m.error]
    by_module = {f.module: facts[f.path] for f in files if f.path in facts and not facts[f.path].error}
    return by_module, failures


def _remedy(error: str) -> str:
    newer = f", or run amigrate with a Python newer than {sys.version_info.major}.{sys.version_info.minor}"
    return f"correct or exclude the file{newer if error.startswith('SyntaxError') else ''}"


def _read_all(todo: list[_Todo], sources: Sources, jobs: int) -> Iterator[list[ModuleFacts]]:
    parts = (todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK))
    with_bytes = ([(*one, sources[one[0]]) for one in part] for part in parts)
    if jobs < 2:
        yield from map(_read_chunk, with_bytes)
        return
    chunks = list(with_bytes)
    if sum(len(source) for chunk in chunks for *_, source in chunk) < _WORTH_PROCESSES:
        yield from map(_read_chunk, chunks)
        return
    from amigrate.processes import Died, in_processes  # brings multiprocessing, which only large projects need

    for outcome in in_processes(functools.partial(_read_chunk), chunks, jobs):
        if isinstance(outcome, Died):
            failed = "the parser died on it or on a file beside it; exclude the file"
            yield [
                ModuleFacts(path, module, digest, error=failed) for path, module, digest, *_ in chunks[outcome.index]
            ]
        else:
            yield outcome.result


def _read_chunk(chunk: list[tuple[str, str, str, bool, bytes]]) -> list[ModuleFacts]:
    with without_collector():
        return [
            (skim_module if light else read_module)(source, path, module, digest)
            for path, module, digest, light, source in chunk
        ]
