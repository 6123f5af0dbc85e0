from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import pytest

from amigrate.discover import DiscoveryError, discover
from amigrate.discover.declared import poetry_versions

Tree = Callable[[Mapping[str, str]], Path]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def django_of(tree: Tree) -> Callable[[Mapping[str, str]], str]:
    """The Django version found in a project with these files."""
    return lambda files: discover(tree({"shop/models.py": "import django\n", **files})).django


@pytest.fixture
def python_of(tree: Tree) -> Callable[[Mapping[str, str]], str]:
    """The Python version found in a project on Django 4.2 with these files."""
    return lambda files: discover(tree({"shop/models.py": "import django\n", **files}), django="4.2").python


Found = Callable[[Mapping[str, str]], str]
LOCK = '[[package]]\nname = "asgiref"\nversion = "3.8.1"\n\n[[package]]\nname = "Django"\nversion = "{}"\n'
PEP_621 = '[project]\nname = "x"\ndependencies = ["{}"]\n'


@pytest.mark.parametrize("name", ["poetry.lock", "uv.lock", "pdm.lock"])
def test_lock_files_win_over_ranges(django_of: Found, name: str) -> None:
    assert django_of({name: LOCK.format("5.1.4"), "pyproject.toml": PEP_621.format("django>=4.2")}) == "5.1"


def test_a_lock_with_two_versions_gives_the_lower(django_of: Found) -> None:
    assert django_of({"uv.lock": LOCK.format("6.0.1") + LOCK.format("5.2.8")}) == "5.2"


def test_pipenv(django_of: Found, python_of: Found) -> None:
    lock = json.dumps(
        {"_meta": {"requires": {"python_version": "3.11"}}, "default": {"django": {"version": "==5.0.9"}}}
    )
    assert django_of({"Pipfile.lock": lock, "Pipfile": "[packages]\ndjango = '*'\n"}) == "5.0"
    assert python_of({"Pipfile.lock": lock}) == "3.11"


def test_pylock(django_of: Found) -> None:
    assert django_of({"pylock.toml": '[[packages]]\nname = "django"\nversion = "5.1"\n'}) == "5.1"


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("Django==4.2.30", "4.2"),
        ("django == 5.2 ; python_version >= '3.10'  # comment", "5.2"),
        ("Django==5.1.1 \\\n    --hash=sha256:0 \\\n    --hash=sha256:1", "5.1"),
        ("Django[argon2]>=5.0,<6", "5.0"),
        ("Django>=4.2,<6", "4.2"),
        ("Django>=3.2,<5.3", "4.2"),
        ("Django>=4.2.20", "4.2"),
        ("Django>4.2", "4.2"),
        ("Django~=5.0", "5.0"),
        ("Django~=5.1.3", "5.1"),
        ("Django==5.2.*", "5.2"),
        ("Django>=5.3", "6.0"),
        ("Django<6", "4.2"),
        ("Django==6.1rc1", "6.1"),
        ("Django==7.0.1", "6.1"),
        ("Django>=7", "6.1"),
        ("django-taggit==4.0.0\nDjango==5.2.1\ndjangorestframework==3.15", "5.2"),
    ],
)
def test_requirements(django_of: Found, line: str, version: str) -> None:
    assert django_of({"requirements.txt": f"{line}\n"}) == version


def test_included_requirements(django_of: Found) -> None:
    files = {"requirements.txt": "-r requirements/prod.txt\n", "requirements/prod.txt": "-r ../common/base.txt\n"}
    assert django_of({**files, "common/base.txt": "-r ../requirements.txt\n-r ../../out.txt\nDjango==5.0.2\n"}) == "5.0"


def test_pins_win_over_ranges(django_of: Found) -> None:
    assert django_of({"requirements.txt": "Django==5.1\n", "pyproject.toml": PEP_621.format("Django>=4.2")}) == "5.1"


def test_ranges_of_several_files_all_hold(django_of: Found) -> None:
    assert django_of({"requirements.txt": "Django>=5.1\n", "pyproject.toml": PEP_621.format("Django>=4.2,<6")}) == "5.1"


def test_a_test_matrix_says_nothing(django_of: Found) -> None:
    files = {"requirements/django52.txt": "Django==5.2.1\n", "pyproject.toml": PEP_621.format("Django>=4.2")}
    assert django_of(files) == "4.2"


def test_requirements_beside_manage(django_of: Found) -> None:
    assert django_of({"backend/web/manage.py": "", "backend/requirements.txt": "Django==5.0\n"}) == "5.0"
    assert django_of({"docs/requirements.txt": "Django==4.2\n"}) == "5.0"


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("pyproject.toml", PEP_621.format("Django>=5.2"), "5.2"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.10'\nDjango = '^5.0.3'\n", "5.0"),
        ("pyproject.toml", "[tool.poetry.dependencies]\nDjango = {version = '~5.1', extras = ['bcrypt']}\n", "5.1"),
        ("pyproject.toml", "[tool.poetry.dependencies]\nDjango = [{version = '^6.0'}, {version = '5.2.1'}]\n", "5.2"),
        ("pyproject.toml", "[project.optional-dependencies]\ntest = ['Django>=5.1']\n", "5.1"),
        ("pyproject.toml", "[dependency-groups]\ndev = [{include-group = 'x'}, 'Django>=6.0']\n", "6.0"),
        ("setup.cfg", "[options]\ninstall_requires =\n  x\n  Django>=5.1\n", "5.1"),
        (
            "setup.py",
            "from setuptools import setup\nDEPS = ['Django>=5.1']\nsetup(install_requires=DEPS + ['x'])\n",
            "5.1",
        ),
        ("setup.py", "import setuptools\nsetuptools.setup(install_requires='Django>=6.0')\n", "6.0"),
        ("setup.cfg", "[metadata]\nclassifiers =\n  Framework :: Django :: 3.2\n  Framework :: Django :: 5.1\n", "5.1"),
        ("pyproject.toml", "[project]\nclassifiers = ['Framework :: Django :: 6.0', 'Framework :: Django']\n", "6.0"),
        ("setup.py", "setup(classifiers=['Framework :: Django :: 5.0', 'Framework :: Django :: 5.2'])\n", "5.0"),
    ],
)
def test_packaging_metadata(django_of: Found, name: str, text: str, version: str) -> None:
    assert django_of({name: text}) == version


@pytest.mark.parametrize(
    "text", ["[broken", "\x00", "[project]\ndependencies = 3\n", "[[package]]\nname = 1\n", "project = 1\n"]
)
@pytest.mark.parametrize(
    "name", ["pyproject.toml", "poetry.lock", "setup.cfg", "setup.py", "Pipfile.lock", "requirements.txt"]
)
def test_files_that_say_nothing(django_of: Found, name: str, text: str) -> None:
    installed = metadata.version("Django").rpartition(".")[0]
    assert django_of({name: text}) == installed


@pytest.mark.parametrize("text", ["Django==3.2.25", "Django>=2.2,<4", "Django~=4.1.0"])
def test_an_older_django_is_refused(tree: Tree, text: str) -> None:
    root = tree({"shop/models.py": "import django\n", "requirements.txt": f"{text}\n"})
    with pytest.raises(DiscoveryError, match=r"requirements\.txt asks for Django .*--django 4\.2"):
        discover(root)
    assert discover(root, django="4.2").django == "4.2"


@pytest.mark.parametrize(("given", "version"), [("5.2", "5.2"), ("5.2.3", "5.2"), (" 6.1 ", "6.1")])
def test_an_override(tree: Tree, given: str, version: str) -> None:
    root = tree({"shop/models.py": "import django\n", "requirements.txt": "Django==5.0\n"})
    assert discover(root, django=given, python="3.13.1").django == version


@pytest.mark.parametrize("given", ["", "5", "3.2", "7.0", "latest", "5.2; rm", "5.2.x"])
def test_an_unsupported_override(tree: Tree, given: str) -> None:
    root = tree({"shop/models.py": "import django\n"})
    with pytest.raises(DiscoveryError, match=r"Django .* is not supported: give a version from 4\.2 to 6\.1"):
        discover(root, django=given)
    with pytest.raises(DiscoveryError, match=r"Python .* is not supported: give a version from 3\.8"):
        discover(root, python="2.7")


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("pyproject.toml", "[project]\nrequires-python = '>=3.10'\n", "3.10"),
        ("pyproject.toml", "[project]\nrequires-python = '>=3.6'\n", "3.8"),
        ("pyproject.toml", "[project]\nrequires-python = '>3.11.2,!=3.12.*'\n", "3.11"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.12'\n", "3.12"),
        ("setup.cfg", "[options]\npython_requires = >=3.9\n", "3.9"),
        ("setup.py", "setup(python_requires='~=3.9')\n", "3.9"),
        (".python-version", "3.13.1\n", "3.13"),
        ("runtime.txt", "python-3.11.4\n", "3.11"),
        ("uv.lock", "requires-python = '>=3.12'\n", "3.12"),
        ("poetry.lock", "[metadata]\npython-versions = '^3.10 || ^3.9'\n", "3.10"),
        (
            "setup.py",
            "setup(classifiers=['Programming Language :: Python :: 3.9', 'Programming Language :: Python :: 2.7'])",
            "3.9",
        ),
        (".python-version", "my-environment\n", RUNNING),
        ("README.md", "", RUNNING),
    ],
)
def test_python(python_of: Found, name: str, text: str, version: str) -> None:
    assert python_of({name: text}) == version


def test_python_is_one_that_django_runs_on(tree: Tree) -> None:
    root = tree({"shop/models.py": "import django\n", "setup.cfg": "[options]\npython_requires = >=3.8\n"})
    assert discover(root, django="6.0").python == "3.12"
    assert discover(root, django="6.0", python="3.8").python == "3.8"


FLOOR = "[project]\nrequires-python = '>=3.9'\n"


@pytest.mark.parametrize(
    ("files", "floors"),
    [
        ({"pyproject.toml": FLOOR}, ("pyproject.toml",)),
        ({"pyproject.toml": FLOOR, "uv.lock": "requires-python = '>=3.9'\n"}, ("pyproject.toml", "uv.lock")),
        ({"pyproject.toml": FLOOR, "setup.cfg": "[options]\npython_requires = >=3.11\n"}, ("pyproject.toml",)),
        ({"pyproject.toml": FLOOR, ".python-version": "3.12\n"}, ("pyproject.toml",)),
        ({"pyproject.toml": FLOOR, ".python-version": "3.9\n"}, ()),
        ({"pyproject.toml": FLOOR, "Pipfile": '[requires]\npython_version = "3.9"\n'}, ()),
        ({"pyproject.toml": "[project]\nrequires-python = '>=3.8,<3.10'\n"}, ()),
        ({"pyproject.toml": "[project]\nrequires-python = '~=3.9.1'\n"}, ()),
        ({"pyproject.toml": "[project]\nrequires-python = '>=3.10'\n"}, ()),
        ({"README.md": ""}, ()),
    ],
)
def test_python_floors(tree: Tree, files: Mapping[str, str], floors: tuple[str, ...]) -> None:
    root = tree({"shop/models.py": "import django\n", **files})
    assert discover(root).python_floors == floors
    assert discover(root, python="3.9").python_floors == ()
    assert discover(root, python="3.12").python_floors == floors


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("^5.0", [">=5.0,<6"]),
        ("~5.0.1", [">=5.0.1,<5.1"]),
        ("~5", [">=5,<6"]),
        ("~=5.0", ["~=5.0"]),
        ("5.0.1", ["==5.0.1"]),
        (">=4.2,<6", [">=4.2,<6"]),
        (">=4.2 <6", [">=4.2,<6"]),
        ("^4.2 || ^5.2", [">=4.2,<5", ">=5.2,<6"]),
        ("*", [""]),
        ("", []),
    ],
)
def test_poetry_versions(text: str, plain: list[str]) -> None:
    assert list(poetry_versions(text)) == plain
