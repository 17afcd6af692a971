"""How wide a page is and in which theme, for tests that look at it in more than one way."""

from playwright.sync_api import Page

from tests.browser.conftest import DESK

# A theme changes colours and nothing else, a width all but colours: each is asked about what it can change.
LOOKS = [(1400, "light", None), (1024, "dark", True), (390, "light", False)]


def look(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({**DESK["viewport"], "width": width})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
