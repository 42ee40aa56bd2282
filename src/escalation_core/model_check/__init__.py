"""Whether a process keeps its promises in every state that it can get into: see ``explore``."""

from escalation_core.model_check.attempts import CASES
from escalation_core.model_check.results import Counterexample, Exploration, Heard, Taken
from escalation_core.model_check.search import explore

__all__ = ["CASES", "Counterexample", "Exploration", "Heard", "Taken", "explore"]
