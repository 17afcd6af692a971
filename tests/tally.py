"""What a round of pytest tells `tests.run`: how many passed, failed and could not be asked for."""

import json
from pathlib import Path

from tests.real_data import deselected

FROM_WORKERS = []


def pytest_addoption(parser):
    parser.addoption("--tally", type=Path, help="where to write the counts of this round")


def pytest_sessionfinish(session):
    """Each worker of pytest-xdist collects the same tests; one says for all what was left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["deselected"] = deselected(session.config)


def pytest_configure(config):
    if config.pluginmanager.has_plugin("dsession") or config.pluginmanager.has_plugin("xdist"):
        config.pluginmanager.register(Workers(), "tally-workers")


class Workers:
    """Listens to the workers of pytest-xdist."""

    def pytest_testnodedown(self, node):
        FROM_WORKERS.append(getattr(node, "workeroutput", {}).get("deselected", 0))


def pytest_terminal_summary(terminalreporter, config):
    """A skipped test is one that nobody ran, so it counts as failed."""
    if config.option.tally is None:
        return
    count = {name: len(reports) for name, reports in terminalreporter.stats.items()}
    failed = sum(count.get(name, 0) for name in ("failed", "error", "skipped", "xpassed"))
    left_out = max([deselected(config), *FROM_WORKERS])
    counts = {"passed": count.get("passed", 0), "failed": failed, "deselected": left_out}
    config.option.tally.write_text(json.dumps(counts))
