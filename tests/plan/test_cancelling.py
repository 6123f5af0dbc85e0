"""Writes that a client which disconnects can come between are shown to a reviewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plan.test_colouring import planned

AUTHOR = "Author.objects.create(name='a')"
BOOK = "Book.objects.create(title='b', author_id=1)"


def flagged(tmp_path: Path, body: str, django: str = "5.2", **files: str) -> list[int]:
    """The lines of the view, from 1, whose edits say that a client can cancel them."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    changes = planned(tmp_path, f"def view(request, pk):\n{lines}    return HttpResponse('')\n", django=django, **files)
    edits = [edit for edit in changes.edits if edit.symbol == "shop.views.view"]
    assert any(edit.codemod == "async-views" for edit in edits)
    start = min(edit.line for edit in edits)
    found = {edit.line - start for edit in edits if "disconnects" in edit.reason}
    assert all((edit.confidence == "review") for edit in edits if "disconnects" in edit.reason)
    return sorted(found)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (f"{AUTHOR}", []),
        (f"{AUTHOR}\n{BOOK}", [2]),
        (f"Book.objects.count()\n{BOOK}", []),
        (f"if pk:\n    {AUTHOR}\nelse:\n    {BOOK}", []),
        (f"if pk:\n    {AUTHOR}\n{BOOK}", [3]),
        (f"if pk:\n    {AUTHOR}\n    return HttpResponse('new')\n{BOOK}", []),
        (f"match pk:\n    case 1:\n        {AUTHOR}\n    case _:\n        {BOOK}", []),
        (f"try:\n    {AUTHOR}\nexcept ValueError:\n    {BOOK}", [4]),
        (f"for _ in range(pk):\n    {AUTHOR}\n    if pk > 5:\n        return pk and HttpResponse('')", [2]),
        (f"Book.objects.count()\nfor _ in range(pk):\n    {AUTHOR}", []),
        ("author = Author(name='a')\nauthor.save()\nauthor.name = 'b'\nauthor.save()", [4]),
    ],
)
def test_a_write_after_another_one(tmp_path: Path, body: str, lines: list[int]) -> None:
    assert flagged(tmp_path, body) == lines


def test_a_write_in_a_helper_counts(tmp_path: Path) -> None:
    services = f"from shop.models import Author\n\ndef make():\n    return {AUTHOR}\n"
    body = f"from shop.services import make\nmake()\n{BOOK}"
    assert flagged(tmp_path, body, **{"shop/services.py": services}) == [3]


def test_django_before_5_0_cancels_nothing(tmp_path: Path) -> None:
    assert flagged(tmp_path, f"{AUTHOR}\n{BOOK}", django="4.2") == []
