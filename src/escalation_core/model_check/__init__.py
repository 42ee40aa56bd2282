"""A model checker for the process of a host: ``explore`` checks the process in every state that it can reach.

Rule 1: the checker calls the process like a host, with every command of every role, and lets time pass.
Rule 2: the expectations are written by hand from the design. They do not read the tables that they check.
"""

from escalation_core.model_check.attempts import CASES
from escalation_core.model_check.checks import CHECKS, violations
from escalation_core.model_check.results import Counterexample, Exploration, Notified, TakenRow
from escalation_core.model_check.search import explore

__all__ = ["CASES", "CHECKS", "Counterexample", "Exploration", "Notified", "TakenRow", "explore", "violations"]
