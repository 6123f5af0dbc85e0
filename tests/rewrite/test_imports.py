"""Imports are written as a careful person would write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amigrate.codemod import Imports
from amigrate.rewrite import RewriteError, Rewritten, apply_imports

Rewrite = Callable[..., Rewritten]

SYNC = "asgiref.sync:sync_to_async"
SYNC_LINE = "from asgiref.sync import sync_to_async\n"
SHORT = "django.shortcuts:"


def pairs(text: str) -> set[tuple[str, str]]:
    return {(module, name) for module, _, name in (item.partition(":") for item in text.split())}


def applied(before: str, need: str = "", drop: str = "", path: str = "shop/views.py") -> str:
    return apply_imports(before.encode(), Imports(pairs(need), pairs(drop)), path).decode()


@pytest.mark.parametrize(
    ("before", "need", "after"),
    [
        pytest.param("from a import b, d\n", "a:c", "from a import b, c, d\n", id="sorted"),
        pytest.param("from a import d, b\n", "a:c", "from a import d, b, c\n", id="unsorted"),
        pytest.param("from a import B, c\n", "a:a", "from a import B, a, c\n", id="isort-order"),
        pytest.param("from a import b, C\n", "a:d", "from a import b, C, d\n", id="case-blind-order"),
        pytest.param(
            "from a import b as x  # why\n", "a:c", "from a import b as x, c  # why\n", id="alias-and-comment"
        ),
        pytest.param("from a import b as c0\n", "a:b", "from a import b, b as c0\n", id="only-under-another-name"),
        pytest.param("from a import (b, d)\n", "a:c", "from a import (b, c, d)\n", id="brackets"),
        pytest.param(
            "from a import (\n    b,  # one\n    # two\n    d,\n)\n",
            "a:c",
            "from a import (\n    b,  # one\n    c,\n    # two\n    d,\n)\n",
            id="one-a-line",
        ),
        pytest.param(
            "from a import (\n    c,\n)\n", "a:b", "from a import (\n    b,\n    c,\n)\n", id="first-of-lines"
        ),
        pytest.param(
            "from a import (\n    b, # x\n)\n", "a:c", "from a import (\n    b, # x\n    c,\n)\n", id="last-of-lines"
        ),
        pytest.param(
            "from a import (\n    b # x\n)\n", "a:c", "from a import (\n    b, # x\n    c\n)\n", id="no-last-comma"
        ),
        pytest.param(
            "from a import (b,\n               d)\n",
            "a:e",
            "from a import (b,\n               d,\n               e)\n",
            id="hanging-last",
        ),
        pytest.param(
            "from a import (b,\n               d)\n",
            "a:c",
            "from a import (b,\n               c,\n               d)\n",
            id="hanging-middle",
        ),
        pytest.param(
            "from a import (b,\n               d)\n",
            "a:a0",
            "from a import (a0,\n               b,\n               d)\n",
            id="hanging-first",
        ),
        pytest.param("from a import b, \\\n    d\n", "a:c", "from a import b, \\\n    c, d\n", id="continuation"),
        pytest.param("from a import b\r\nx = 1\n", "a:c", "from a import b, c\r\nx = 1\n", id="line-ends"),
        pytest.param("from a import b; x = 1\n", "a:c", "from a import b, c; x = 1\n", id="semicolon"),
        pytest.param("from .a import b\n", ".a:c", "from .a import b, c\n", id="relative"),
        pytest.param("from a import b\n", "a:b", "from a import b\n", id="there-already"),
        pytest.param(
            "try:\n    from a import b\nexcept ImportError:\n    b = None\n",
            "a:b",
            "try:\n    from a import b\nexcept ImportError:\n    b = None\n",
            id="there-in-try",
        ),
        pytest.param(
            f"x = '{'x' * 40}'\nfrom a import {', '.join('name' + str(i) for i in range(9))}\n",
            "a:name99",
            f"x = '{'x' * 40}'\nfrom a import (\n{''.join(f'    name{i},{chr(10)}' for i in range(9))}    name99,\n)\n",
            id="too-long",
        ),
    ],
)
def test_name_goes_into_the_import_of_its_module(before: str, need: str, after: str) -> None:
    assert applied(before, need) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "import os\n\nfrom django.db import models\n\nfrom .a import b\n",
            "import os\n\nfrom asgiref.sync import sync_to_async\nfrom django.db import models\n\nfrom .a import b\n",
            id="alphabet-of-block",
        ),
        pytest.param(
            "import os\nimport requests\n\nx = 1\n",
            "import os\nimport requests\nfrom asgiref.sync import sync_to_async\n\nx = 1\n",
            id="after-imports-of-its-block",
        ),
        pytest.param(
            "import os\n\n\ndef f(): pass\n",
            "import os\n\nfrom asgiref.sync import sync_to_async\n\n\ndef f(): pass\n",
            id="new-block-after-stdlib",
        ),
        pytest.param(
            "from .a import b\n\nx = 1\n",
            "from asgiref.sync import sync_to_async\n\nfrom .a import b\n\nx = 1\n",
            id="new-block-before-local",
        ),
        pytest.param(
            '"""Doc."""\nfrom __future__ import annotations\n\nx = 1\n',
            '"""Doc."""\nfrom __future__ import annotations\n\nfrom asgiref.sync import sync_to_async\n\nx = 1\n',
            id="after-future",
        ),
        pytest.param(
            '"""Doc."""\n\n\ndef f(): pass\n',
            '"""Doc."""\n\nfrom asgiref.sync import sync_to_async\n\n\ndef f(): pass\n',
            id="after-docstring",
        ),
        pytest.param(
            '"""Doc."""\nx = 1\n',
            '"""Doc."""\n\nfrom asgiref.sync import sync_to_async\n\nx = 1\n',
            id="docstring-then-code",
        ),
        pytest.param(
            "#!/usr/bin/env python\n# (c)\n\n@d\ndef f(): pass\n",
            "#!/usr/bin/env python\n# (c)\n\nfrom asgiref.sync import sync_to_async\n\n\n@d\ndef f(): pass\n",
            id="after-leading-comments",
        ),
        pytest.param("x = 1", "from asgiref.sync import sync_to_async\n\nx = 1", id="no-imports"),
        pytest.param("import os", "import os\n\nfrom asgiref.sync import sync_to_async", id="no-final-newline"),
        pytest.param(
            "import os\r\n\r\nx = 1\r\n",
            "import os\r\n\r\nfrom asgiref.sync import sync_to_async\r\n\r\nx = 1\r\n",
            id="crlf",
        ),
        pytest.param(
            "# Django\nfrom django.db import models\n# why\nfrom django.http import X\n",
            f"# Django\n{SYNC_LINE}from django.db import models\n# why\nfrom django.http import X\n",
            id="below-the-heading-of-a-block",
        ),
        pytest.param(
            "from django.http import X\nfrom a import b\n",
            "from django.http import X\nfrom a import b\nfrom asgiref.sync import sync_to_async\n",
            id="unsorted-block",
        ),
        pytest.param(
            "if TYPE_CHECKING:\n    from asgiref.sync import sync_to_async\n",
            "from asgiref.sync import sync_to_async\n\nif TYPE_CHECKING:\n    from asgiref.sync import sync_to_async\n",
            id="type-checking-binds-nothing",
        ),
        pytest.param(
            "from django.db import (\n    models,\n)\ntry:\n    import a\nexcept E:\n    from b import x\n",
            f"{SYNC_LINE}from django.db import (\n    models,\n)\ntry:\n    import a\nexcept E:\n    from b import x\n",
            id="not-in-try",
        ),
        pytest.param(
            '"""D."""; import os\nx = 1\n',
            '"""D."""; import os\n\nfrom asgiref.sync import sync_to_async\n\nx = 1\n',
            id="shared-line",
        ),
    ],
)
def test_new_line_goes_where_it_belongs(before: str, after: str) -> None:
    assert applied(before, SYNC) == after


def test_comment_above_an_import_stays_with_it() -> None:
    before = "from a import b\n# about django\nfrom django.db import models\n"
    assert applied(before, SYNC) == f"from a import b\n{SYNC_LINE}# about django\nfrom django.db import models\n"


def test_two_new_sections_are_kept_apart() -> None:
    after = applied("x = 1\n", "asyncio:gather asgiref.sync:sync_to_async")
    assert after == f"from asyncio import gather\n\n{SYNC_LINE}\nx = 1\n"


def test_first_party_import_joins_its_like() -> None:
    before = "from django.db import models\n\nfrom shop.models import Book\n"
    after = "from django.db import models\n\nfrom shop.helpers import aget\nfrom shop.models import Book\n"
    assert applied(before, "shop.helpers:aget") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from django.shortcuts import get, render\nrender()\n",
            "from django.shortcuts import render\nrender()\n",
            id="first",
        ),
        pytest.param("from django.shortcuts import a, get\na\n", "from django.shortcuts import a\na\n", id="last"),
        pytest.param(
            "from django.shortcuts import get as g, render\n", "from django.shortcuts import render\n", id="alias"
        ),
        pytest.param("import os\nfrom django.shortcuts import get  # x\nos\n", "import os\nos\n", id="whole-statement"),
        pytest.param(
            "import os\n\nfrom django.shortcuts import get\n\nfrom . import x\n",
            "import os\n\nfrom . import x\n",
            id="whole-block",
        ),
        pytest.param("from django.shortcuts import get\n\n\ndef f(): pass\n", "def f(): pass\n", id="only-import"),
        pytest.param(
            '"""D."""\n\nfrom django.shortcuts import get\n\n\ndef f(): pass\n',
            '"""D."""\n\n\ndef f(): pass\n',
            id="below-docstring",
        ),
        pytest.param(
            "from django.shortcuts import (\n    a,  # one\n    get,  # two\n    # three\n    render,\n)\n",
            "from django.shortcuts import (\n    a,  # one\n    # three\n    render,\n)\n",
            id="one-a-line",
        ),
        pytest.param(
            "from django.shortcuts import (a,\n    get)\n", "from django.shortcuts import (a)\n", id="hanging-last"
        ),
        pytest.param(
            "from django.shortcuts import a, \\\n    get\n", "from django.shortcuts import a\n", id="continuation"
        ),
    ],
)
def test_unused_import_is_removed(before: str, after: str) -> None:
    assert applied(before, drop=SHORT + "get") == after


@pytest.mark.parametrize(
    "source",
    [
        "from django.shortcuts import get\nget()\n",
        "from django.shortcuts import get\nx = get.y\n",
        "from django.shortcuts import get\n__all__ = ['get']\n",
        "from django.shortcuts import get\n__all__ += ('get',)\n",
        "from django.shortcuts import get\n__all__.append('get')\n",
        "from django.shortcuts import get\n__all__: list[str] = ['get']\n",
        "from django.shortcuts import get\ndef f(x: 'list[get]') -> None: ...\n",
        "from django.shortcuts import get\ndef f(x) -> 'get': ...\n",
        "from django.shortcuts import get\nx: 'get'\n",
        "from django.shortcuts import get\nx = cast('get', y)\n",
        "from django.shortcuts import get\nX = Optional['get']\n",
        "from django.shortcuts import get\nx = []  # type: list[get]\n",
        "from django.shortcuts import get as g\ng()\n",
        "from django.shortcuts import get as get\n",
        "from django.shortcuts import get  # noqa: F401\n",
        "from django.shortcuts import (  # NOQA\n    get,\n)\n",
        "if x:\n    from django.shortcuts import get\n",
        "try:\n    from django.shortcuts import get\nexcept ImportError:\n    pass\n",
        "def f():\n    from django.shortcuts import get\n",
        "from other import get\n",
        "import django.shortcuts\n",
        "from django.shortcuts import get; x = 1\n",
    ],
)
def test_import_in_use_or_kept_on_purpose_stays(source: str) -> None:
    assert applied(source, drop=SHORT + "get") == source


def test_package_keeps_its_names() -> None:
    source = "from django.shortcuts import get\n"
    assert applied(source, drop=SHORT + "get", path="shop/__init__.py") == source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from django.shortcuts import get, render  # x\n", "from django.shortcuts import aget, render  # x\n"),
        ("from django.shortcuts import b, get\n", "from django.shortcuts import aget, b\n"),
        ("from django.shortcuts import render, get\n", "from django.shortcuts import render, aget\n"),
        (
            "from django.shortcuts import (\n    get,  # one\n    render,\n)\n",
            "from django.shortcuts import (\n    aget,  # one\n    render,\n)\n",
        ),
        ("from django.shortcuts import get\n", "from django.shortcuts import aget\n"),
        (
            "from django.shortcuts import get, render\nget()\n",
            "from django.shortcuts import aget, get, render\nget()\n",
        ),
    ],
)
def test_async_form_takes_the_place_of_the_name(before: str, after: str) -> None:
    assert applied(before, SHORT + "aget", SHORT + "get") == after


@pytest.mark.parametrize(
    "taken",
    ["sync_to_async = 1", "def sync_to_async(): ...", "from other import sync_to_async", "import sync_to_async"],
)
def test_taken_name_is_not_shadowed(taken: str) -> None:
    with pytest.raises(RewriteError, match="line 2: the name sync_to_async is taken"):
        applied(f"import os\n{taken}\n", SYNC)


@pytest.mark.parametrize(
    "free", ["def f():\n    sync_to_async = 1", "[sync_to_async for sync_to_async in x]", "x.sync_to_async = 1"]
)
def test_name_bound_elsewhere_is_no_obstacle(free: str) -> None:
    assert SYNC_LINE in applied(f"import os\n\n{free}\n", SYNC)


def test_applying_twice_changes_nothing_more() -> None:
    once = applied(
        "import os\nfrom django.shortcuts import get, render\nrender(os)\n", f"{SYNC} {SHORT}aget", SHORT + "get"
    )
    assert applied(once, f"{SYNC} {SHORT}aget", SHORT + "get") == once


def test_import_edits_belong_to_the_site_that_asked_first(rewrite: Rewrite) -> None:
    source = "import os\nfrom django.shortcuts import get, render\n\n\ndef f():\n    return get(1), other(1)\n"
    result = rewrite(
        source,
        ("Call", "get(1)", "rename", {"to": "aget", "need": SHORT + "aget", "drop": SHORT + "get"}),
        ("Call", "other(1)", "await", {"need": SYNC}),
        groups=("first", "second"),
    )
    assert result.after.decode() == (
        f"import os\n{SYNC_LINE}from django.shortcuts import aget, render\n\n\n"
        "def f():\n    return aget(1), (await other(1))\n"
    )
    assert [(edit.line, edit.group, edit.before, edit.after) for edit in result.edits] == [
        (2, "second", "", SYNC_LINE.strip()),
        (2, "first", "from django.shortcuts import get, render", "from django.shortcuts import aget, render"),
        (6, "first", "get(1)", "aget(1)"),
        (6, "second", "other(1)", "(await other(1))"),
    ]


def test_regions_of_imports_and_sites_are_those_of_the_file(rewrite: Rewrite) -> None:
    source = b"import os\n\nx = get(1)\nfrom django.shortcuts import get\n"
    params = {"to": "aget", "need": f"{SHORT}aget,{SYNC}", "drop": f"{SHORT}get"}
    result = rewrite(source, ("Call", "get(1)", "rename", params))
    rebuilt, done = b"", 0
    for region in result.regions:
        rebuilt += source[done : region.before_start] + result.after[region.after_start : region.after_end]
        done = region.before_end
    assert rebuilt + source[done:] == result.after
    assert b"from django.shortcuts import aget\n" in result.after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("import time\n\nx = 1\n", "import asyncio\n\nx = 1\n", id="in-its-place"),
        pytest.param("import json\nimport time\n", "import asyncio\nimport json\n", id="sorted"),
        pytest.param("import os, time\n", "import asyncio\nimport os\n", id="one-of-two"),
        pytest.param("import abc\nimport time as t\n", "import abc\nimport asyncio\n", id="alias"),
        pytest.param(
            "import time\n\nprint(time.time())\n", "import asyncio\nimport time\n\nprint(time.time())\n", id="used"
        ),
        pytest.param("from time import sleep\n", "import asyncio\nfrom time import sleep\n", id="above-from-imports"),
        pytest.param(
            "from abc import ABC\nfrom time import sleep\n",
            "import asyncio\nfrom abc import ABC\nfrom time import sleep\n",
            id="no-other-module",
        ),
        pytest.param(
            "from __future__ import annotations\n\nimport django\n",
            "from __future__ import annotations\n\nimport asyncio\n\nimport django\n",
            id="section-of-its-own",
        ),
        pytest.param("import asyncio\nimport time\n", "import asyncio\n", id="there-already"),
        pytest.param("from asyncio import gather\n", "import asyncio\nfrom asyncio import gather\n", id="other-form"),
        pytest.param("x = 1\n", "import asyncio\n\nx = 1\n", id="first-import"),
    ],
)
def test_whole_module_is_imported_and_removed(before: str, after: str) -> None:
    assert applied(before, "asyncio:", "time:") == after
    assert applied(after, "asyncio:", "time:") == after


def test_taken_name_of_a_module_is_not_shadowed() -> None:
    with pytest.raises(RewriteError, match="line 1: the name asyncio is taken"):
        applied("asyncio = 1\n", "asyncio:")
