"""How long hypothesis looks for a counterexample: briefly in `make test`, for as long as it takes in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("test"), max_examples=5000, stateful_step_count=100)


def pytest_configure():
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
