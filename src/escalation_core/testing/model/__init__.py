"""Whether a process keeps its promises in every state that it can get into: see ``explore``."""

from escalation_core.testing.model.attempts import CASES
from escalation_core.testing.model.exploration import Counterexample, Exploration, Heard, Taken
from escalation_core.testing.model.exploring import explore

__all__ = ["CASES", "Counterexample", "Exploration", "Heard", "Taken", "explore"]
