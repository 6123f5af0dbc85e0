"""Pyrefly on a small project, and all that can go wrong with it. The failing programs are scripts in its place."""

from __future__ import annotations

import ast
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from amigrate.facts.oracle import UNKNOWN, Evidence, Kind, Oracle
from amigrate.facts.pyrefly import Unavailable, ask_pyrefly, run_pyrefly

MODELS = '''\
from django.db import models
from elsewhere.models import TreeModel


class Named:
    def title(self):
        return self.name


class Author(Named, models.Model):
    name = models.CharField(max_length=50)

    def written(self):
        return self.books.count()


class Node(TreeModel):
    """Its base cannot be found: it may be a model."""


class BookManager(models.Manager["Book"]):
    def old(self):
        return self.filter(year=1900)


class Book(models.Model):
    author = models.ForeignKey(Author, null=True, on_delete=models.CASCADE, related_name="books")
    readers = models.ManyToManyField(Author)
    objects = BookManager()


class Plain:
    def get(self):
        return self
'''
VIEWS = """\
from typing import Iterable

from django.core.cache import cache
from django.http import HttpRequest

from shop.models import Author, Book, Node, Plain


def view(request: HttpRequest, node: Node, given: Iterable[Author], anything, plain: Plain):
    authors = Author.objects.filter(name="Zoë")
    é = authors.order_by("name"); print("é", é.count())
    author = authors.first()
    book = Book.objects.get(pk=1)
    either = authors if anything else [author]
    rows = {"a": author}
    request.session.get("k")
    cache.get("k")
    print(book.readers.all(), book.author, Author.DoesNotExist)
    print(authors, author, book, either, rows, node, given, anything, plain, print)
    for each in authors:
        print(each.name)


async def later():
    return Author.objects.all()


def call():
    waiting = later()
    print(waiting)
"""
FILES = {
    "src/shop/__init__.py": "",
    "src/shop/models.py": MODELS,
    "src/shop/views.py": VIEWS,
    "odd [name]*.py": "x = [1]\nprint(x)\n",
    "broken.py": "def (:\n",
}
Ask = Callable[[str], Evidence]


def write(root: Path) -> list[str]:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(FILES)


def ask_for(oracle: Oracle, path: str, expression: str) -> Evidence:
    """What is known of the last expression in the file that reads like `expression`."""
    found = [
        node
        for node in ast.walk(ast.parse(FILES[path]))
        if isinstance(node, ast.expr) and ast.unparse(node) == expression and not isinstance(node, ast.Store)
    ]
    node = max(found, key=lambda node: (node.lineno, node.col_offset))
    assert node.end_lineno is not None and node.end_col_offset is not None
    return oracle.type_of(path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Oracle:
    """The answer on a project whose own configuration, like the environment, would spoil it."""
    root = tmp_path_factory.mktemp("project")
    files = write(root)
    (root / "pyrefly.toml").write_text('project-excludes = ["**/views.py"]\npython-version = "nonsense"\n')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYREFLY_THREADS", "nonsense")
        environment.chdir(root)
        answer = ask_pyrefly(root, files, ["src", "."], "3.12", cache)
    assert isinstance(answer, Oracle), answer
    return answer


@pytest.fixture(scope="module")
def ask(oracle: Oracle) -> Ask:
    return lambda expression: ask_for(oracle, "src/shop/views.py", expression)


AUTHOR = ("shop.models", "Author")
BOOK = ("shop.models", "Book")


@pytest.mark.parametrize(
    ("expression", "kind", "model"),
    [
        ("Author.objects", Kind.MANAGER, AUTHOR),
        ("authors", Kind.QUERYSET, AUTHOR),
        ("é", Kind.QUERYSET, AUTHOR),
        ("author", Kind.MODEL, AUTHOR),
        ("each", Kind.MODEL, AUTHOR),
        ("book", Kind.MODEL, BOOK),
        ("book.author", Kind.MODEL, AUTHOR),
        ("book.readers", Kind.RELATED, AUTHOR),
        ("request", Kind.REQUEST, None),
        ("request.session", Kind.SESSION, None),
        ("cache", Kind.CACHE, None),
        ("rows", Kind.OTHER, None),
        ("plain", Kind.OTHER, None),
    ],
)
def test_kinds_and_models(ask: Ask, expression: str, kind: Kind, model: tuple[str, str] | None) -> None:
    evidence = ask(expression)
    assert (evidence.kind, evidence.model, evidence.exact) == (kind, model, True)


def test_a_reverse_relation_in_the_module_of_its_model(oracle: Oracle) -> None:
    evidence = ask_for(oracle, "src/shop/models.py", "self.books")
    assert (evidence.kind, evidence.model, evidence.exact) == (Kind.RELATED, BOOK, True)


def test_optional_is_left_out_of_the_classes(ask: Ask) -> None:
    evidence = ask("author")
    assert evidence.classes == (AUTHOR,)
    assert evidence.text == "shop.models.Author | None"


def test_a_manager_of_the_project_is_one(ask: Ask) -> None:
    evidence = ask("Book.objects")
    assert (evidence.kind, evidence.classes) == (Kind.MANAGER, (("shop.models", "BookManager"),))


@pytest.mark.parametrize("expression", ["anything", "given", "node", "either"])
def test_what_may_be_anything_is_unknown(ask: Ask, expression: str) -> None:
    """An untyped argument, a protocol, a class with a base that is not there, a union of two kinds."""
    evidence = ask(expression)
    assert (evidence.kind, evidence.model, evidence.exact) == (Kind.UNKNOWN, None, False)


def test_a_union_of_kinds_names_its_classes(ask: Ask) -> None:
    assert set(ask("either").classes) == {("django.db.models.query", "QuerySet"), ("builtins", "list")}


def test_self_of_a_mixin_of_a_model_is_not_certainly_no_model(oracle: Oracle) -> None:
    path = "src/shop/models.py"
    in_mixin = next(
        node for node in ast.walk(ast.parse(MODELS)) if isinstance(node, ast.Attribute) and node.attr == "name"
    )
    node = in_mixin.value
    assert isinstance(node, ast.Name) and node.id == "self"
    assert node.end_lineno is not None and node.end_col_offset is not None
    evidence = oracle.type_of(path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    assert (evidence.kind, evidence.classes) == (Kind.UNKNOWN, (("shop.models", "Named"),))


@pytest.mark.parametrize("expression", ["Author", "waiting"])
def test_a_class_or_coroutine_is_not_what_it_gives(ask: Ask, expression: str) -> None:
    evidence = ask(expression)
    assert (evidence.kind, evidence.classes, evidence.model) == (Kind.OTHER, (), None)


def test_a_position_that_is_no_expression_is_unknown(oracle: Oracle) -> None:
    assert oracle.type_of("src/shop/views.py", 1, 0, 1, 3) is UNKNOWN
    assert oracle.type_of("src/shop/gone.py", 1, 0, 1, 3) is UNKNOWN


def test_covered_files(oracle: Oracle) -> None:
    assert oracle.covers("src/shop/views.py")
    assert not oracle.covers("src/shop/gone.py")
    assert oracle.covers("odd [name]*.py")
    assert ask_for(oracle, "odd [name]*.py", "x").kind is Kind.OTHER


def test_an_answer_survives_pickling(oracle: Oracle) -> None:
    copy = pickle.loads(pickle.dumps(oracle))
    assert ask_for(copy, "src/shop/views.py", "authors") == ask_for(oracle, "src/shop/views.py", "authors")


def test_the_cache_answers_without_a_run(tmp_path: Path, oracle: Oracle, cache: Path) -> None:
    """Another place and another order of the files do not matter, another content does."""
    files = write(tmp_path)
    warm = ask_pyrefly(tmp_path, list(reversed(files)), ["src", "."], "3.12", cache, timeout=0.001)
    assert isinstance(warm, Oracle), warm
    for expression in ("authors", "book.readers", "given", "rows"):
        expected = ask_for(oracle, "src/shop/views.py", expression)
        assert ask_for(warm, "src/shop/views.py", expression) == expected
    (tmp_path / "src/shop/views.py").write_text(VIEWS + "\n", encoding="utf-8")
    changed = ask_pyrefly(tmp_path, files, ["src", "."], "3.12", cache, timeout=0.001)
    assert isinstance(changed, Unavailable)
    assert "0.001 seconds" in changed.reason


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, oracle: Oracle) -> None:
    root = tmp_path / "project"
    files = write(root)
    (tmp_path / "cache").write_text("a file in the way")
    answer = ask_pyrefly(root, files, ["src", "."], "3.12", tmp_path / "cache")
    assert isinstance(answer, Oracle)
    for path in files:
        assert answer.covers(path) == oracle.covers(path)
    assert ask_for(answer, "src/shop/views.py", "authors") == ask_for(oracle, "src/shop/views.py", "authors")


def test_a_cache_that_was_pruned_meanwhile_knows_nothing(tmp_path: Path, oracle: Oracle) -> None:
    gone = Oracle({"src/shop/views.py": tmp_path / "gone.json"})
    assert gone.covers("src/shop/views.py")
    assert ask_for(gone, "src/shop/views.py", "authors") is UNKNOWN


def instead_of_pyrefly(directory: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    """Makes `script` the only Pyrefly there is; `$5` is the directory it is to write its report to."""
    directory.mkdir()
    if script is not None:
        program = directory / "pyrefly"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(directory / "python"))
    monkeypatch.setenv("PATH", f"{directory}:/bin:/usr/bin")


MANIFEST = 'mkdir -p "$5"; echo \'{}\' > "$5/pyrefly.pysa.json"'


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "not installed"),
        ("exec sleep 60", "longer than 1 seconds"),
        ("echo 'thread panicked' >&2; exit 101", "exit code 101 and no report: thread panicked"),
        ("exit 0", "no report: nothing was said"),
        (MANIFEST.format('{"format_version": 99, "modules": {}}'), "another version: format version 99"),
        (MANIFEST.format("{}"), "another version"),
        (MANIFEST.format("not json"), "could not be read"),
        (MANIFEST.format('{"format_version": 1, "modules": {"1": {}}}'), "could not be read: KeyError"),
        (MANIFEST.format('{"format_version": 1, "modules": []}'), "could not be read"),
        (MANIFEST.format("[]"), "could not be read"),
    ],
)
def test_each_failure_gives_a_reason_and_no_oracle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, reason: str
) -> None:
    root = tmp_path / "project"
    files = write(root)
    instead_of_pyrefly(tmp_path / "bin", monkeypatch, script)
    answer = ask_pyrefly(root, files, ["src"], "3.12", tmp_path / "cache", timeout=1)
    assert isinstance(answer, Unavailable)
    assert reason in answer.reason
    assert "\n" not in answer.reason
    # A failure is not kept.
    assert not list((tmp_path / "cache").glob("*"))


def test_a_program_that_cannot_be_started_gives_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    files = write(root)
    instead_of_pyrefly(tmp_path / "bin", monkeypatch, "")
    (tmp_path / "bin" / "pyrefly").write_bytes(b"\x00\x01 no program")
    answer = ask_pyrefly(root, files, ["src"], "3.12", None)
    assert isinstance(answer, Unavailable)
    assert "could not be run" in answer.reason
    assert run_pyrefly(root, files, ["src"], "3.12", None) is None
