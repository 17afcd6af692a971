"""What the browser gets: fetched, joined, pressed and served.

`python -m app.assets` brings the libraries that package-lock.json names, joins our styles and scripts into
one hashed file each, and compiles the translations. It does nothing while nothing changed.
"""

from app.assets.building import Assets
from app.assets.serving import init_app

__all__ = ["Assets", "assets", "build", "init_app"]

assets = Assets()
build = assets.build
