"""How people use the board: by mouse, by finger and by keys."""

from playwright.sync_api import CDPSession, Locator, Page, expect

STEPS = 12


def open_board(page: Page, text: str, more: str = "") -> None:
    """The board with only the cards that have this in their name."""
    page.goto(f"/pipeline/?q={text}{more}")
    expect(page.locator("#board")).to_be_visible()


def column(page: Page, name: str) -> Locator:
    return page.locator(".col").filter(
        has=page.get_by_role("heading", name=name, exact=True, include_hidden=True)
    )


def card(page: Page, name: str) -> Locator:
    return page.locator(".col .card").filter(has=page.get_by_text(name, exact=True))


def names(place: Locator) -> Locator:
    """The names of the cards of a column, from the top."""
    return place.locator(".card-name")


def middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draw(page: Page) -> None:
    """Wait until the page has drawn what the pointer has just done: a card follows it frame by frame."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def lift(page: Page, one: Locator) -> None:
    """Press on a card's partner line, where nothing else is, and nudge it."""
    one.scroll_into_view_if_needed()
    box = one.bounding_box()
    assert box
    page.mouse.move(box["x"] + 24, box["y"] + 18)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 18)
    expect(page.locator(".carried")).to_be_visible()


def drag(page: Page, one: Locator, x: float, y: float, *, drops: bool = True) -> None:
    lift(page, one)
    page.mouse.move(x, y, steps=STEPS)
    draw(page)
    if drops:
        page.mouse.up()


def drag_to_column(page: Page, one: Locator, target: Locator) -> None:
    """Onto the top of a column."""
    box = target.locator(".cards").bounding_box()
    assert box
    drag(page, one, box["x"] + box["width"] / 2, box["y"] + 8)


def drag_to_zone(page: Page, one: Locator, zone: str) -> None:
    lift(page, one)
    page.mouse.move(*middle(page.locator(f".zone[data-act={zone}]")), steps=STEPS)
    draw(page)
    page.mouse.up()


class Finger:
    """A finger on the glass."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.at = (0.0, 0.0)

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", x, y)

    def move(self, x: float, y: float, steps: int = STEPS) -> None:
        left, top = self.at
        for step in range(1, steps + 1):
            self._send("touchMove", left + (x - left) * step / steps, top + (y - top) * step / steps)
            draw(self.page)

    def up(self) -> None:
        self.wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def lift(self, one: Locator) -> None:
        """Press a card until it comes along."""
        one.scroll_into_view_if_needed()
        box = one.bounding_box()
        assert box
        self.down(box["x"] + 40, box["y"] + 24)
        expect(self.page.locator(".carried")).to_be_visible()

    def _send(self, kind: str, x: float, y: float) -> None:
        self.at = (x, y)
        self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
