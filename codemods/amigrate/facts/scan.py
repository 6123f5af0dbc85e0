"""Reads all files of a project: one `ast` pass each, in processes, cached by content."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from pathlib import Path
from stat import S_ISLNK

from amigrate.collector import without_collector
from amigrate.discover.project import Role, SourceFile
from amigrate.facts.cache import Cache
from amigrate.facts.module import ModuleFacts
from amigrate.facts.reading import read_module, skim_module
from amigrate.facts.sources import MARK, Sources
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
    marked: set[str] = set()
    failures: list[Failure] = []
    base = root.resolve()
    inside = {"": True}  # by folder: resolving each file takes longer than reading it
    for file in files:
        try:
            if not _is_inside(base, file.path, inside):
                failures.append(Failure(file.path, "is a link out of the project; it is not followed"))
                continue
            source = _content(f"{base}/{file.path}")
        except OSError as error:
            reason = f"cannot be read ({error.strerror or error}); check its permissions or exclude it"
            failures.append(Failure(file.path, reason))
            continue
        if problem := _unfit(source):
            failures.append(Failure(file.path, problem))
            continue
        digests[file.path] = hashlib.sha256(source).hexdigest()
        if MARK in source:
            marked.add(file.path)
        if not _is_skimmed(file, len(source)):
            held[file.path] = source
    return Sources(root, held, digests, marked), failures


def _is_inside(base: Path, path: str, known: dict[str, bool]) -> bool:
    """Whether a path below `base`, which is resolved, stays there when links are followed; `known` are folders."""
    folder = path.rpartition("/")[0]
    if folder not in known:
        known[folder] = _is_inside(base, folder, known)
    if not S_ISLNK(os.lstat(f"{base}/{path}").st_mode):
        return known[folder]
    return (base / path).resolve(strict=True).is_relative_to(base)


def _content(target: str) -> bytes:
    """The bytes of a file, or its first ones if there are more than `LIMIT`."""
    with FileIO(target) as file:  # of thousands of files, a `Path` and a buffer for each take as long as reading it
        return file.read(LIMIT + 1) if os.fstat(file.fileno()).st_size > LIMIT else file.readall()


def _unfit(source: bytes) -> str:
    """Why a file is not read, if it is none that could be."""
    if len(source) > LIMIT:
        return f"larger than {LIMIT // 1_000_000} MB; exclude it"
    if source.startswith(_LFS_POINTER):
        return "is a pointer of Git LFS, not the file; `git lfs pull` or exclude it"
    return "is binary, not Python; rename or exclude it" if b"\0" in source else ""


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
