"""The drafts of functions under changing assumptions: one is made again only when an answer that it got has changed."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass, field

from amigrate.facts.analyst import Asked
from amigrate.plan.context import Context, Draft
from amigrate.plan.drafting import draft_function


@dataclass(slots=True)
class _Assumed:
    """Names of functions that notes which of them were asked for."""

    names: Container[str]
    answers: dict[str, bool] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        assert isinstance(name, str)
        found = self.answers[name] = name in self.names
        return found

    def still(self, names: Container[str]) -> bool:
        return all((name in names) is answer for name, answer in self.answers.items())


@dataclass(frozen=True, slots=True)
class _Made:
    draft: Draft
    asked: Asked
    converted: _Assumed
    twins: _Assumed


@dataclass(slots=True)
class Drafts:
    """Drafts by function."""

    context: Context
    _made: dict[str, _Made] = field(default_factory=dict)

    @property
    def names(self) -> Collection[str]:
        """The functions that were drafted."""
        return self._made.keys()

    def of(self, name: str, converted: Container[str], twins: Container[str]) -> Draft:
        """The draft of a function when those of `converted` become async, and those of `twins` get an async twin."""
        analyst, made = self.context.analyst, self._made.get(name)
        if (
            made is not None
            and made.converted.still(converted)
            and made.twins.still(twins)
            and analyst.still(made.asked)
        ):
            return made.draft
        assumed, copied = _Assumed(converted), _Assumed(twins)
        with analyst.asking() as asked:
            draft = draft_function(self.context, name, assumed, copied)
        self._made[name] = _Made(draft, asked, assumed, copied)
        return draft
