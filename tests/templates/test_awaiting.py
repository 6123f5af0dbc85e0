"""The edits of templates that use what is async."""

from __future__ import annotations

import pytest

from amigrate.templates.awaiting import awaited_template
from tests.templates.cases import AWAITED, LEFT, NAMES, REFUSED, awaited


@pytest.mark.parametrize("before", AWAITED)
def test_awaited(before: str) -> None:
    after = awaited(before)
    assert after == AWAITED[before]
    assert awaited(after) == after


@pytest.mark.parametrize("source", LEFT)
def test_left_alone(source: str) -> None:
    assert not awaited_template(source.encode(), NAMES).uses


@pytest.mark.parametrize("source", REFUSED)
def test_refused(source: str) -> None:
    (use,) = awaited_template(source.encode(), NAMES).uses
    assert not use.edits
    assert REFUSED[source] in use.reason


def test_byte_order_mark_stays_first() -> None:
    assert awaited("\ufeff{{ user.total }}") == "\ufeff{% load ahead %}{% await user.total %}"


def test_taken_name_is_not_used() -> None:
    before = "{% for o in user.profile_taken.friends %}{% endfor %}"
    names = type(NAMES)({"profile_taken"}, {"user_profile_taken"}, ())
    assert "{% await user.profile_taken as user_profile_taken_awaited %}" in awaited(before, names)
