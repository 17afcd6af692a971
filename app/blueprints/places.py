"""Where the page of a record is, and how that page answers when something on it has changed."""

import re
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.history import just_made
from app.domain.partner import Partner
from app.extensions import db
from app.i18n import money
from app.web import came_from, is_partial, me, own_path, show, swap

# Here, and not on the pages' own side, because one act may concern any of them.


def address_of(record: Any) -> str | None:
    """The page on which a record is shown, if it has one."""
    match record:
        case Case():
            return url_for("cases.show", case_id=record.id)
        case Partner():
            return url_for("partners.show", partner_id=record.id)
        case Activity():
            return address_of(record.about)
        case _:
            return None


def list_of(record: Any) -> str:
    """Where one finds oneself when a record is gone."""
    return url_for("partners.index") if isinstance(record, Partner) else url_for("cases.index")


def said(toast: str, already: str | None = None, joy: str | None = None) -> dict[str, Any]:
    """What to tell of an act, with its Undo; if it found everything done already, that it changed nothing."""
    made = just_made()
    toast = toast if made else already or _("Nothing was different.")
    return {"toast": toast, "undo": made, "joy": joy if made else None}


def joy_of(case: Case) -> str | None:
    """A sentence for a win that has few like it."""
    if not (just_made() and case.is_won):
        return None
    if case.is_best_of_month:
        worth = money(case.expected_revenue, case.currency)
        return _("Best of the month: %(name)s, %(worth)s.", name=case.name, worth=worth)
    return _("The first win of %(team)s.", team=case.team) if case.is_first_win else None


def changed(
    record: Any,
    toast: str,
    *,
    already: str | None = None,
    joy: str | None = None,
    fresh: str | None = None,
) -> Response:
    """The answer to an act on a case or partner, when it is committed: its page as it is now, with Undo.

    `already` is said instead where nothing had to change. `fresh` is the form that was sent, if what was
    typed in it is done with; what is typed elsewhere stays. Whoever lost sight of the record by the act is
    led to the list. On a board the card is drawn anew, on one's day that day.
    """
    from app.blueprints.home.page import day_as_it_is  # the day and boards act on cases, and these
    from app.blueprints.pipeline.moved import is_card, moved  # answer with days and boards

    if is_card(record):
        return moved(record, **said(toast, already, joy))
    if is_day():
        return day_as_it_is(**said(toast, already, joy))
    return page_of(page_of_act(record), fresh=fresh, **said(toast, already, joy))


def path_of_act() -> str:
    """The page on which an act was done: the `next` that came along, else what the browser says."""
    return (own_path(request.values.get("next")) or came_from() or "").partition("?")[0]


def is_day() -> bool:
    """Was it done on one's day?"""
    return path_of_act() == url_for("home.start")


def page_of_act(record: Any) -> Any:
    """Whose page an act on a record was done on: that of a partner shows the steps of their cases, too."""
    found = re.fullmatch(r"/partners/(\d{1,18})", path_of_act())
    if found is None or isinstance(record, Partner):
        return record
    return db.session.scalar(Partner.visible_to(me()).where(Partner.id == int(found[1]))) or record


def page_of(record: Any, *, fresh: str | None = None, **told: Any) -> Response:
    """The page of a record as it is now, with what is told of it."""
    if not record.is_visible_to(me()):
        return swap(otherwise=list_of(record), **told)
    if isinstance(record, Case) and is_partial():
        record.load_links()
    kind, address = record.record_kind, address_of(record)
    answer = swap(
        f"{kind}s/{kind}.swap.html",
        changed=f"{kind}-changed",
        otherwise=address,
        fresh=fresh,
        **told,
        **context_of(record),
    )
    if is_partial() and path_of_act() == request.path:
        # It was asked on a page of its own, which now is the record's.
        answer.headers["HX-Replace-Url"] = str(address)
    return answer


def show_history(record: Any, page: Any) -> Response:
    """The history of a record, or its older lines alone, in its place and on a page of its own."""
    fragment = "history/_history.html" if page.look.before is None else "history/_more.html"
    return show("history/show.html", fragment, about=record, page=page)


def context_of(record: Any, **written: Any) -> dict[str, Any]:
    """What the fragment of a record's page needs; `written` is what was sent there and needs another look."""
    from app.blueprints.cases.page import CasePage  # pages plan activities, and these answer with pages
    from app.blueprints.partners.page import PartnerPage

    if isinstance(record, Case):
        return {"case": record, "page": CasePage(record, me(), **written)}
    return {"partner": record, "page": PartnerPage(record, me(), **written)}


def changed_here(records: list[Any], toast: str) -> Response:
    """The answer to an act that may have been done from any page: that page as it is now."""
    from app.blueprints.home.page import day_as_it_is
    from app.blueprints.pipeline.moved import is_card, moved

    if is_day():
        return day_as_it_is(toast=toast)
    here = (came_from() or "").partition("?")[0]
    whole = [record.is_part_of for record in records if hasattr(record, "is_part_of")]
    card = next((each for each in whole if is_card(each)), None)
    if card is not None:
        return moved(card, toast)
    shown = next((each for each in whole if address_of(each) == here), None)
    gone = next((each for each in whole if each.is_binned), None)
    if shown is not None and not shown.is_binned and shown.is_visible_to(me()) and is_partial():
        response = page_of(shown, toast=toast)
        response.headers["HX-Retarget"] = f"#{shown.record_kind}-{shown.id}"
        response.headers["HX-Reswap"] = "outerMorph"
        return response
    is_lost = gone is not None and f"{here}/".startswith(f"{address_of(gone)}/")
    return swap(otherwise=list_of(gone) if is_lost else None, toast=toast)
