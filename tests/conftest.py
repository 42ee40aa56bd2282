"""The Hypothesis profiles of the suite; the profile also decides whether tests marked ``thorough`` run.

Rule 1: ``quick`` is the default, with few examples and without the tests marked ``thorough``.
Rule 2: ``--hypothesis-profile=thorough`` runs everything.
Rule 3: no profile has a deadline for an example, since machines are noisy.
"""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example]
)
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=20)
settings.load_profile("quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests marked ``thorough`` unless the profile is ``thorough``."""
    if config.getoption("--hypothesis-profile", default=None) == "thorough":
        return
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    items[:] = [item for item in items if item not in thorough]
    config.hook.pytest_deselected(items=thorough)
