"""How long hypothesis looks for a counterexample: briefly in `make test`, for as long as it takes in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

# Fixtures are the stage for all examples of a test: each example brings its own records.
UNWORRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

settings.register_profile("test", deadline=None, max_examples=20, suppress_health_check=UNWORRIED)
settings.register_profile("fuzz", settings.get_profile("test"), max_examples=5000, stateful_step_count=100)


def pytest_configure():
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
