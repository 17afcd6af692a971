"""Tests on real data ask for a folder that not everybody has: `$REAL_DATA`, else `../shared/data`."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = pytest.StashKey[int]()


def folder() -> Path | None:
    """Where the real data lies on this machine, if it does."""
    named = os.environ.get("REAL_DATA")
    places = [Path(named)] if named else [ROOT.parent / "shared" / "data"]
    return next((place for place in places if place.is_dir()), None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Without the data its tests are left out and counted. Last, so that `-m` has chosen before."""
    asked_in_vain = [item for item in items if folder() is None and item.get_closest_marker("real_data")]
    if asked_in_vain:
        items[:] = [item for item in items if item not in asked_in_vain]
        config.hook.pytest_deselected(items=asked_in_vain)
    config.stash[LEFT_OUT] = len(asked_in_vain)


def deselected(config: pytest.Config) -> int:
    """How many tests of this round had no data to run on."""
    return config.stash.get(LEFT_OUT, 0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data; its tests carry the mark `real_data`."""
    found = folder()
    assert found is not None, "Mark this test with pytest.mark.real_data."
    return found
