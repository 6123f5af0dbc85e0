"""Check: pure functions from a file before and after to what is wrong with the rewriting, if anything is."""

from amigrate.check.awaited import unawaited
from amigrate.check.compiles import compiles
from amigrate.check.equal_outside import equal_outside
from amigrate.check.idempotent import not_settled
from amigrate.check.problem import problem

__all__ = ["compiles", "equal_outside", "not_settled", "problem", "unawaited"]
