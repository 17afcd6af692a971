"""Every page of everybody: it fits, says what it is, bars nobody's way, and its console is clean."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LOOKS, look
from tests.browser.places import ACCOUNTS, ROLES, pages_of

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]
# An administrator sees every page of everybody who works here, so axe is shown theirs.
SHOWN_TO_AXE = ("stranger", "administrator", "portal")


@pytest.mark.parametrize("role", ROLES)
def test_every_page(tab: Tab, faults: Faults, role: str) -> None:
    """What its console says is seen to by the tab."""
    page = tab(ACCOUNTS.get(role))
    looks = LOOKS
    wrong = []
    for path in pages_of(role, page if role in ACCOUNTS else None):
        answer = page.goto(path)
        assert answer
        assert answer.status == 200, path
        expect(page).to_have_title(re.compile(r"\S · Holdfast$"))
        assert page.get_by_role("heading", level=1).count() == 1, f"{path} has not one heading."
        for width, scheme, colours in looks:
            look(page, width, scheme)
            beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if beyond > 0:
                wrong.append(f"{path} is {beyond} px too wide at {width}.")
            if role in SHOWN_TO_AXE:
                wrong += [f"{width} {scheme} {fault}" for fault in faults(page, colours=colours)]
        looks = looks[::-1]  # the next page is opened as this one was looked at last, wide and narrow in turn
    assert wrong == []
