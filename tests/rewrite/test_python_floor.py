"""The lowest Python of a project, raised in place, and nothing where it is not sure."""

from __future__ import annotations

import pytest

from amigrate.rewrite.python_floor import raised

POETRY = '[tool.poetry.dependencies]\npython = "{}"\ndjango = "^5"\n'


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9"\n', '[project]\nrequires-python = ">=3.10"\n'),
        ("pyproject.toml", "[project]\nrequires-python='>= 3.8.1, <4'", "[project]\nrequires-python='>= 3.10, <4'"),
        ("x/pyproject.toml", '[project]\nrequires-python = "~=3.9"\n', '[project]\nrequires-python = "~=3.10"\n'),
        (
            "pyproject.toml",
            '[project]\nrequires-python = ">3.8,!=3.9.1"',
            '[project]\nrequires-python = ">=3.10,!=3.9.1"',
        ),
        ("pyproject.toml", POETRY.format("^3.9"), POETRY.format("^3.10")),
        ("pyproject.toml", POETRY.format(">=3.8,<3.13"), POETRY.format(">=3.10,<3.13")),
        (
            "pyproject.toml",
            '# >=3.9\n[tool.x]\nrequires-python = ">=3.9"\n[project]\nrequires-python = ">=3.9" # >=3.9, really\n',
            '# >=3.9\n[tool.x]\nrequires-python = ">=3.9"\n[project]\nrequires-python = ">=3.10" # >=3.9, really\n',
        ),
        (
            "pyproject.toml",
            f'[project]\nrequires-python = ">=3.9"\n{POETRY.format("^3.9")}',
            f'[project]\nrequires-python = ">=3.10"\n{POETRY.format("^3.10")}',
        ),
        ("setup.cfg", "[options]\npython_requires = >=3.9\n", "[options]\npython_requires = >=3.10\n"),
    ],
)
def test_raised(path: str, before: str, after: str) -> None:
    source = before.encode()
    for one in sorted(raised(path, source, "3.10"), key=lambda one: one.start, reverse=True):
        source = source[: one.start] + one.after + source[one.end :]
    assert source.decode() == after


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "x"\n'),
        ("pyproject.toml", '[project]\nrequires-python = "==3.9.*"\n'),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9\n'),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.8,>=3.9"\n'),
        ("pyproject.toml", POETRY.format("~3.9")),
        ("pyproject.toml", POETRY.format("3.9")),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = {version = "^3.9"}\n'),
        ("pyproject.toml", f'[project]\nrequires-python = ">=3.9"\n{POETRY.format("~3.9")}'),
        ("setup.cfg", "[options]\nx = >=3.9\n"),
        ("setup.py", "setup(python_requires='>=3.9')"),
        ("pyproject.toml", b"\xff".decode("latin-1")),
    ],
)
def test_left(path: str, text: str) -> None:
    assert raised(path, text.encode("latin-1"), "3.10") == ()
