"""Two hundred letters without a space: they break or are cut, and what stands beside them stays in reach."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import make_case, make_partner, note, toast

LONG = ("Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 3)[:200]
BEYOND = """() => {
  const [page, main] = [document.documentElement, document.querySelector("main")];
  return Math.max(page.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
}"""


@pytest.fixture
def long_ones(tab: Callable[..., Page]) -> tuple[Page, list[str]]:
    """A partner and a case of theirs with a note, and the pages that name them."""
    page = tab("sales")
    partner = make_partner(page, LONG)
    case = make_case(page, LONG)
    note(page).fill(LONG)
    page.get_by_role("button", name="Write down").click()
    expect(toast(page)).to_contain_text("Written down.")
    page.goto(f"{case}/edit")
    page.get_by_label("Partner", exact=True).fill(LONG)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=LONG, level=1)).to_be_visible()
    return page, [
        case,
        partner,
        f"{case}/edit",
        f"{case}/handover",
        "/",
        "/cases/",
        "/partners/",
        "/search?q=donau",
    ]


def test_nothing_is_pushed_out_of_view(long_ones: tuple[Page, list[str]]) -> None:
    page, paths = long_ones
    for width in (1400, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            page.goto(path)
            assert page.evaluate(BEYOND) <= 0, f"{path} at {width}"
        page.goto(paths[0])
        acts = page.locator(".case-acts")
        for verb in (acts.get_by_role("button", name="Won"), acts.get_by_role("link", name="Edit")):
            expect(verb).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Priority of").click()
        expect(toast(page).get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)
        page.goto(paths[1])
        expect(page.get_by_role("link", name="Edit", exact=True)).to_be_in_viewport(ratio=1)
        page.goto("/pipeline/?q=donau")
        assert page.locator(".card").first.evaluate("card => card.scrollWidth - card.clientWidth") <= 0


def test_a_view_of_a_long_name_keeps_its_mark_and_its_menu_in_bounds(tab: Callable[..., Page]) -> None:
    page = tab("sales")
    page.goto("/pipeline/?q=donau&all=1")
    page.locator(".view-name").click()
    page.get_by_label("Save as").fill(LONG[:100])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast(page)).to_contain_text("The view is saved.")
    page.locator(".view-name").click()
    menu = page.locator("#views")
    assert box(menu)["width"] <= 24 * 16
    for dot in (menu.locator(".dot").first, page.locator(".side .dot").first):
        assert box(dot)["width"] == box(dot)["height"] == 8
    menu.get_by_role("button", name="Delete this view").click()
    expect(toast(page)).to_contain_text("deleted")


def test_the_menu_of_a_card_stands_beside_its_name(tab: Callable[..., Page]) -> None:
    page = tab("sales")
    make_case(page, "Nowordsbutonethatisaslongasthecardiswide " * 2)
    page.goto("/pipeline/?q=nowordsbutone&all=1")
    card = page.locator(".card").first
    card.get_by_role("link").first.focus()
    ends = """card => {
      const name = document.createRange();
      name.selectNodeContents(card.querySelector(".card-name"));
      const menu = card.querySelector(".card-menu").getBoundingClientRect();
      return [...name.getClientRects()].filter((line) => line.right > menu.left && line.top < menu.bottom).length;
    }"""
    assert card.evaluate(ends) == 0


def box(found: Locator) -> dict[str, float]:
    bounds = found.bounding_box()
    assert bounds is not None
    return dict(bounds)
