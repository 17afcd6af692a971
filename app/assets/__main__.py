"""`python -m app.assets`"""

from app.assets import build

build()
