"""The walk: every route, as every role, with records of theirs and of others.

Each line states the answer to a stranger, an operator, a salesperson, a manager, an administrator and a
portal user. A refusal must leave the database as it was, and must not tell what is missing from what is
somebody else's. A route that is not in the table fails the walk.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, abort

from app import clock
from app.domain.activity import Activity
from app.domain.call import Call
from app.domain.case import Case
from app.domain.file import Attachment, File
from app.domain.history import ChangeSet, Event, act, lock
from app.domain.job import Job
from app.domain.lists import ActivityType, Tag
from app.domain.mail_template import MailTemplate
from app.domain.message import Message
from app.domain.notification import Notification
from app.domain.partner import Partner
from app.domain.rules import RuleRehearsal
from app.domain.saved_view import SavedView
from app.domain.sign_in import SignIn
from app.domain.team import Team
from app.extensions import db
from tests.conftest import Visitor, add, person
from tests.rules import rule_of
from tests.web.walk_table import ROUTES, UNWALKED

ROLES = ("stranger", "operator", "salesperson", "manager", "administrator", "portal")
# What comes and goes with every visit, and says nothing about the business.
PASSING = frozenset({"sign_ins", "throttles", "heartbeats", "alembic_version"})
NOWHERE = 999_999
READS = re.compile(r"SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|PRAGMA")
WRITES_PASSING = re.compile(rf"(INSERT INTO|UPDATE|DELETE FROM) ({'|'.join(sorted(PASSING))})\b")


@dataclass
class World:
    """Who walks, and the ids that a path may name: theirs, and somebody else's."""

    people: dict[str, Any]
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def world(case, nora, marc, ada, olga, ines, brewery, stages, too_expensive):
    """Nora's case for the staff who may know of it, and one of a team far away."""
    add(Tag(name="Retrofit"))
    people = {
        "stranger": None,
        "operator": olga,
        "salesperson": nora,
        "manager": marc,
        "administrator": ada,
        "portal": ines,
    }
    far_away = person("Fritz Far", "salesperson")
    elsewhere = Team(name="Elsewhere", leader=far_away, members=[far_away])
    add(elsewhere)
    stranger = Partner.make("Fjordrøyk", by=far_away)
    theirs = Case.make("opportunity", "Oxygen monitoring", by=far_away, team=elsewhere, partner=stranger)
    call = Call.make(
        "call", "Ring them", by=ada, team=case.team, partner=brewery, about=case, responsible=olga
    )
    far_call = Call.make("call", "Ring far away", by=far_away, team=elsewhere)
    db.session.commit()
    mine = ids_of(
        case, brewery, nora, extra={"stage_id": stages["Qualified"].id, "reason_id": too_expensive.id}
    )
    world = World(people, foreign=ids_of(theirs, stranger, far_away))
    world.foreign |= {"stage_id": stages["Qualified"].id, "reason_id": too_expensive.id}
    world.foreign |= {"call_id": far_call.id, "notification_id": told(far_away)}
    world.foreign |= rule_in(elsewhere, ada)
    mine |= rule_in(case.team, ada)
    world.foreign |= {"view_id": SavedView.keep("Far away", "team=led", by=far_away).id}
    for role, user in people.items():
        view = SavedView.keep("Mine", "responsible=me", by=user or nora)
        world.own[role] = mine | {
            "call_id": call.id,
            "sign_in_id": sign_in_of(user or nora),
            "view_id": view.id,
            "notification_id": told(user if user is not None and user.is_staff else nora),
        }
    db.session.commit()
    return world


def told(user: Any) -> int:
    """The id of something that they were told."""
    Notification.tell("due", [user.id], day=clock.today(), overdue=1, today=1)
    return int(
        db.session.scalar(sa.select(sa.func.max(Notification.id)).where(Notification.user_id == user.id))
    )


def rule_in(team: Team, by: Any) -> dict[str, Any]:
    """A rule of a team, and a rehearsal of it."""
    rule = rule_of(by, team_id=team.id, on=False)
    asked = RuleRehearsal.ask(rule, 7)
    db.session.commit()
    return {"rule_id": rule.id, "rehearsal_id": asked.id}


def sign_in_of(user: Any) -> int:
    """The id of a browser of theirs."""
    SignIn.begin(user)
    return int(db.session.scalar(sa.select(sa.func.max(SignIn.id)).where(SignIn.user_id == user.id)))


def failed_job() -> int:
    """The id of a job that was given up."""
    job = Job.plan("reweigh")
    job.state = "failed"
    db.session.flush()
    return job.id


def ids_of(case: Case, partner: Partner, user: Any, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """A case with everything that hangs on it, by the names that paths use."""
    kind = db.session.scalars(sa.select(ActivityType)).first()
    lock(case)
    activity = Activity.plan(case, kind, "Ring", by=user, due_on=clock.today() + timedelta(days=1))
    event = case.note("Budget is approved.", by=user)
    case.edit({"priority": 2}, by=user)
    db.session.commit()
    last = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)).join(Event).where(Event.case_id == case.id))
    file = File.store(io.BytesIO(f"offer {case.id}".encode()))
    lock(case)
    Attachment.add(case, [("offer.txt", file)], by=user)
    with act("mail planned", case, by=user) as line:
        message = Message.send(
            [("Clara", "clara@hofmann.example")],
            "Offer",
            "…",
            sender="desk@holdfast.example",
            event=line,
            files=[("offer.txt", file)],
        )
    template_id = MailTemplate.make(by=user, name=f"Thanks {case.id}", text="Hello {{ contact.name }}").id
    db.session.commit()
    return {
        "attachment_id": db.session.scalar(sa.select(sa.func.max(Attachment.id))),
        "name": "offer.txt",
        "message_id": message.id,
        "place": 0,
        "template_id": template_id,
        "sign_in_id": sign_in_of(user),
        "tag_id": db.session.scalar(sa.select(sa.func.min(Tag.id))),
        "type_id": kind.id,
        "token": "nothing",
        "job_id": failed_job(),
        "case_id": case.id,
        "version": case.version,
        "partner_id": partner.id,
        "partner_version": partner.version,
        "activity_id": activity.id,
        "event_id": event.id,
        "change_set_id": last,
        "user_id": user.id,
        "team_id": case.team_id,
        "entry_id": case.team_id,
        "field": "code",
        **(extra or {}),
    }


def state_of_everything() -> dict[str, str]:
    """A sum over every row of every table that matters."""
    db.session.expire_all()
    tables = [table for table in sa.inspect(db.engine).get_table_names() if table not in PASSING]
    sums = {}
    for table in sorted(tables):
        rows = db.session.execute(sa.text(f'SELECT * FROM "{table}"')).all()
        sums[table] = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
    return sums


def may_have_changed(statements: list[str]) -> bool:
    """Whether any of them does more than read, visits aside; only then all rows are worth a comparison."""
    return not all(READS.match(statement) or WRITES_PASSING.match(statement) for statement in statements)


def visit(visitor: Visitor, method: str, path: str, data: dict[str, Any]) -> Any:
    return visitor.open(path, method=method, data=data if method == "POST" else None)


def without_address(answer: Any) -> str:
    """The answer's bytes, but for what tells the time or the address that was asked for."""
    return re.sub(r'(nonce|value|href|action|content)="[^"]*"', "", answer.text)


def filled(template: str, ids: dict[str, Any]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids[found[1]]), template)


def routes_of(app: Flask) -> set[str]:
    """Every route as 'METHOD /path'."""
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def test_every_route_is_in_the_walk(app):
    assert routes_of(app) - UNWALKED == set(ROUTES)


def test_the_walk_sees_what_is_written(asked, case, nora):
    asked.clear()
    db.session.scalars(sa.select(Case)).all()
    assert not may_have_changed(asked)
    lock(case)
    case.note("Seen?", by=nora)
    assert may_have_changed(asked)


def test_the_walk_names_what_was_refused_and_yet_changed_something(app, world, asked, monkeypatch):
    def leak(case_id):
        add(Tag(name=f"Leaked {case_id}"))
        abort(404)

    monkeypatch.setitem(app.view_functions, "cases.show", leak)
    wrong = list(walk("GET /cases/<int:case_id>", app, world, asked))
    changed = [fault for fault in wrong if "changed something" in fault]
    assert len(changed) == 8, wrong  # all who work here, on a case of theirs and on another


def place(route: str) -> str:
    """The first word of a route's path: routes that share it are walked on one stage."""
    return route.split("/")[1] or "home"


@pytest.mark.parametrize("where", sorted({place(route) for route in ROUTES}))
def test_the_walk(where, app, world, asked):
    wrong = [
        fault for route in sorted(ROUTES) if place(route) == where for fault in walk(route, app, world, asked)
    ]
    assert wrong == []


def walk(route: str, app: Flask, world: World, asked: list[str]) -> Iterator[str]:
    """What is wrong with the answers of one route."""
    method, template = route.split(" ", 1)
    step = ROUTES[route]
    visitors = {role: Visitor(app, user) for role, user in world.people.items()}
    db.session.commit()
    for whose, expected in (("own", step.own), ("foreign", step.foreign)):
        for role, wanted in zip(ROLES, (expected or "").split(), strict=bool(expected)):
            ids = (world.own[role] if whose == "own" else world.foreign) | step.paths
            data = {name: filled(str(value), ids) for name, value in step.data.items()}
            savepoint = db.engine.begin_nested()
            asked.clear()
            answer = visit(visitors[role], method, filled(template, ids), data)
            refused = answer.status_code >= 400 or (role, wanted) == ("stranger", "303")
            after = state_of_everything() if refused and may_have_changed(asked) else None
            if str(answer.status_code) != wanted:
                yield f"{route} of {whose} as {role} is answered {answer.status_code}, not {wanted}"
            if answer.status_code == 404 and "_id>" in template:
                nowhere = visit(
                    visitors[role], method, filled(template, dict.fromkeys(ids, NOWHERE) | step.paths), data
                )
                if without_address(nowhere) != without_address(answer):
                    yield f"{route} of {whose} as {role} tells too much"
            db.session.rollback()
            savepoint.rollback()
            db.session.expire_all()
            if after is not None and after != state_of_everything():
                yield f"{route} of {whose} as {role} was refused, yet changed something"
            db.session.rollback()
