"""Every page of every role: those of the walk that answer 200, with records of their own in them."""

import re

from playwright.sync_api import Page

from tests.browser.flows import make_case, make_lead, make_rule
from tests.web.walk_table import ROUTES

ROLES = ("stranger", "operator", "salesperson", "manager", "administrator", "portal")
ACCOUNTS = {
    "operator": "operator",
    "salesperson": "sales",
    "manager": "manager",
    "administrator": "admin",
    "portal": "portal",
}
# Addresses that answer with something else than a page.
NO_PAGES = (
    "/notes/colleagues",
    "/notifications/bell",
    "/partners/likely",
    "/partners/names",
    "/cases/names",
    "/mails/addresses",
    "/files/",
    "/healthz",
    "/pipeline/changes",
    "/calls/",
    "/outbox/<int:message_id>/body",
    "/outbox/<int:message_id>/files",
    "/outbox/<int:message_id>/source",
)
# The same pages in other states. A list and a board in another order hold the same rows and cards again: "flow"
# leaves seventeen of them, among which is each look that one can have.
ALSO = {
    "/cases/": ("?state=all&q=flow", "?before=2", "?q=zzzz", "?sort=revenue&q=flow", "?tag=999999&q=flow"),
    "/pipeline/": (
        "?all=1&q=flow",
        "?by=month&q=flow",
        "?by=priority&q=flow",
        "?q=zzzz",
        "?tag=999999&all=1&q=flow",
    ),
    "/pipeline/filter": ("?place=list",),
    "/lists/": (
        "teams/",
        "stages/",
        "products/",
        "mail-templates/",
        "mail-templates/1",
        "partner-tags/",
        "rates/",
        "regions/",
        "holidays/",
        "tags/?view=archived",
        "teams/1",
        "stages/1",
        "stages/1/required_fields",
        "calendars/1/hours",
        "teams/2/members",
    ),
    "/cases/new": ("?kind=call", "?kind=task", "?kind=claim"),
    "/rules/": ("?view=archived",),
    "/partners/": ("?kind=company", "?q=zzzz", "?industry=1&level=1"),
    "/people/": ("?view=portal", "?view=deactivated"),
    "/notifications/": ("?unread=1",),
    "/outbox/": ("?view=failed",),
    "/search": ("?q=flow", "?q=zzzz", "?q=%23999999"),
}

# What of ALSO is not theirs: operators make leads and nothing else, shared stages are the administrator's.
FEWER = {"operator": ("/cases/new?",), "manager": ("/lists/stages/1/required_fields",)}


def pages_of(role: str, page: Page | None = None) -> list[str]:
    """The addresses of all pages of a role; `page` is a tab of theirs, to make and find records with."""
    known = records_of(role, page) if page is not None else {}
    found = []
    for rule, route in ROUTES.items():
        method, path = rule.split(" ", 1)
        if method != "GET" or route.own.split()[ROLES.index(role)] != "200" or path.startswith(NO_PAGES):
            continue
        filled = re.sub(r"<int:(\w+)>", lambda each: known.get(each[1], each[0]), path)
        if "<" not in filled:
            found += [filled, *(filled + more for more in ALSO.get(path, ()))]
    return [each for each in found if not each.startswith(FEWER.get(role, ()))]


def records_of(role: str, page: Page) -> dict[str, str]:
    """A case of theirs, a partner, a mail and a colleague, as far as they have such pages."""
    known = {}
    if role != "portal":
        case = make_lead(page, "Looked at") if role == "operator" else make_case(page, "Looked at")
        known["case_id"] = number(case)
        page.goto("/partners/")
        known["partner_id"] = number(first_link(page))
    if role in {"manager", "administrator"}:
        known["rule_id"] = number(make_rule(page, "Looked at"))
    if role == "administrator":
        page.goto("/people/")
        known["user_id"] = number(page.get_by_role("link", name="Otto Brandt").get_attribute("href"))
        page.goto("/organisation/")
        page.get_by_role("button", name="Send me a test mail").click()
        page.get_by_role("link", name="Outbox").first.click()
        known["message_id"] = number(first_link(page))
    return known


def first_link(page: Page) -> str | None:
    return page.locator("main tbody a").first.get_attribute("href")


def number(path: str | None) -> str:
    assert path
    return path.rsplit("/", 1)[1]
