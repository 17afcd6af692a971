"""The facts of a case are drawn anew when one of them says something else, and only then."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.blueprints.cases import drawing
from app.blueprints.cases.drawing import said_columns
from app.blueprints.cases.page import CasePage
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.history import lock
from app.domain.lists import Tag
from app.domain.permission import Permission
from app.domain.user import User
from app.extensions import db

TEMPLATES = Path(__file__).parents[2] / "app/templates/cases"


def test_nothing_that_a_fact_says_is_missing_from_what_its_page_is_known_by():
    """Else a fact would be shown as it was before it was changed; what is new here belongs into `Drawing.says`."""
    drawn = "".join((TEMPLATES / name).read_text() for name in ("_known.html", "_values.html"))
    follow_from_columns = {"is_lost", "team_row"}
    linked = {"responsible", "tags", "watchers", "addresses"}
    known = {*said_columns(Case), *said_columns(Call)}
    assert set(re.findall(r"\bcase\.(\w+)", drawn)) - known == follow_from_columns | linked


def test_a_note_leaves_the_facts_as_they_were_drawn(as_, nora, case, monkeypatch):
    visitor, drawn = as_(nora), []
    visitor.get(f"/cases/{case.id}")
    monkeypatch.setattr(CasePage, "rows", lambda *_asked: drawn.append(1) or ([], []))
    visitor.post(f"/cases/{case.id}/notes", text="They moved.")
    assert "They moved." in visitor.get(f"/cases/{case.id}").text
    assert not drawn
    lock(case)
    case.edit({"referred_by": "A friend"}, by=nora)
    db.session.commit()
    visitor.get(f"/cases/{case.id}")
    assert drawn


def facts_on(visitor, case):
    return re.search(
        r'<div class="facts".*?<section class="panel"', visitor.get(f"/cases/{case.id}").text, re.DOTALL
    )[0]


def rename_partner(case):
    case.partner.edit({"name": "Hofmann & Daughters", "phone": "+49 30 1234"}, by=SYSTEM)


def rename_responsible(case):
    case.responsible.edit({"name": "Nora Newname"}, by=SYSTEM)


def tag(case):
    case.tag(Tag.make(by=SYSTEM, name="Urgent"), by=SYSTEM)


def watch(case):
    case.watch(db.session.scalars(sa.select(User).where(User.name.startswith("Otto"))).one(), by=SYSTEM)


def copy_to(case):
    case.copy_to("clara@hofmann.example", by=SYSTEM)


def refer(case):
    other = Case.make("task", "Send the data sheet", by=SYSTEM, responsible=case.responsible)
    lock(case, other)
    case.refer_to(other, by=SYSTEM)


def be_referred_to(case):
    other = Case.make("task", "Ring them back", by=SYSTEM, responsible=case.responsible)
    other.refer_to(case, by=SYSTEM)


def be_part(case):
    case.edit(
        {"parent_id": Case.make("task", "The whole plant", by=SYSTEM, responsible=case.responsible).id},
        by=SYSTEM,
    )


def have_a_part(case):
    Case.make("task", "A pump", by=SYSTEM, responsible=case.responsible, parent_id=case.id)


def rename_team(case):
    lock(case.team)
    case.team.edit({"name": "The new front desk"}, by=SYSTEM)


CHANGES = [
    rename_partner, rename_responsible, tag, watch, copy_to, refer, be_referred_to, be_part, have_a_part, rename_team,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_facts_follow_all_that_they_name(as_, nora, otto, case, brewery, change):
    """What was drawn a moment ago is shown again only if it would be drawn the same."""
    visitor = as_(nora)
    before = facts_on(visitor, case)
    lock(case, *filter(None, (case.partner, case.responsible)))
    change(case)
    db.session.commit()

    found = facts_on(visitor, case)
    drawing.drawn_cases.pieces.clear()
    assert found == facts_on(visitor, case) != before


def test_who_may_do_less_sees_no_facts_that_were_drawn_for_others(as_, nora, otto, case):
    lock(case)
    case.watch(otto, by=nora)
    edits = sa.select(Permission).where(Permission.act == "edit", Permission.scope == "watched")
    for each in db.session.scalars(edits):
        db.session.delete(each)
    db.session.commit()
    hers = facts_on(as_(nora), case)

    found = facts_on(as_(otto), case)
    drawing.drawn_cases.pieces.clear()
    assert found == facts_on(as_(otto), case) != hers


def test_nobodys_token_is_shown_to_somebody_else(as_, nora, marc, case):
    """Whoever types their own would else be shown that of the next reader in its place."""
    visitor = as_(nora)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(f"/cases/{case.id}").text)[1]
    lock(case)
    case.edit({"referred_by": token}, by=nora)
    db.session.commit()
    for reader in (visitor, as_(marc), visitor):
        assert f">{token}</span>" in reader.get(f"/cases/{case.id}").text
