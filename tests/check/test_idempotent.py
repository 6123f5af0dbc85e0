"""G3: a plan of the rewritten project must be empty."""

from __future__ import annotations

from amigrate.check import not_settled
from amigrate.model import FilePlan, Site, Span


def test_empty_plans_are_settled() -> None:
    assert not_settled([]) == ()
    assert not_settled([FilePlan("a.py", "", ())]) == ()


def test_a_site_in_a_second_plan_is_named() -> None:
    site = Site(Span(7, 0, 7, 3), "Call", "orm-terminal")
    failures = not_settled([FilePlan("a.py", "", ()), FilePlan("b.py", "", (site, site))])
    assert [(failure.path, failure.reason.split(" would")[0]) for failure in failures] == [
        ("b.py", "line 7: orm-terminal")
    ]
