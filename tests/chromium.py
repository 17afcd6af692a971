"""The browser of the tests: the machine's own, else installed, else a failure that says how."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Chromium without the window around it, where a distribution has it, spares a seventh of what the tests cost.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = NAMES[:2]
APT = ["apt-get", "install", "-qy", "--no-install-recommends"]
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "chromium"]


def executable() -> str:
    """The path of a Chromium, installed now if need be."""
    found = on_path() or playwrights() or by_apt() or by_playwright()
    if not found:
        raise LookupError(
            "There is no Chromium for the browser tests. Either of these brings one:\n"
            f"  {' '.join(APT)} chromium   (as root)\n  {' '.join(PLAYWRIGHT)}"
        )
    return found


def on_path() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def by_apt() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environ, stdin=subprocess.DEVNULL, check=False)
    for package in PACKAGES:
        subprocess.run([*APT, package], env=environ, stdin=subprocess.DEVNULL, check=False)
        if found := on_path():
            return found
    return None


def by_playwright() -> str | None:
    subprocess.run(PLAYWRIGHT, stdin=subprocess.DEVNULL, check=False)
    return playwrights()


def playwrights() -> str | None:
    """Playwright's own download, where somebody fetched it before."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None
