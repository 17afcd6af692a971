"""Why somebody may know of a case, and of a partner through their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.visibility import SCOPES, Scope
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User


def register() -> None:
    """Put the scopes of the permission rows where `visible_to` and `may` look for them."""
    from app.domain.call import Call, call_list_operators
    from app.domain.case import case_watchers
    from app.domain.team import Team

    def operated(user: User) -> sa.Select[Any]:
        links = call_list_operators
        return sa.select(links.c.call_list_id).where(links.c.user_id == user.id)

    def my_calls(user: User, *columns: Any) -> sa.Select[Any]:
        """Rows of `calls` that are on a list of this operator, or theirs; without the join to their cases."""
        table, cases = Call.__table__, Call.__mapper__.tables[0]
        return (
            sa.select(*columns)
            .select_from(table.join(cases, table.c.id == cases.c.id))
            .where(cases.c.deleted_at.is_(None))
            .where(sa.or_(table.c.call_list_id.in_(operated(user)), cases.c.responsible_id == user.id))
        )

    def is_among(value: int | None, query: sa.Select[Any]) -> bool:
        wanted = query.selected_columns[0] == value
        return value is not None and bool(db.session.scalar(sa.select(query.where(wanted).exists())))

    calls = Call.__table__
    SCOPES["case"] = {
        "own": Scope(
            lambda cls, user: cls.responsible_id == user.id,
            lambda case, user: case.responsible_id == user.id,
        ),
        "unassigned_in_my_teams": Scope(
            lambda cls, user: sa.and_(
                cls.responsible_id.is_(None), is_one_of(cls.team_id, user.reach.member)
            ),
            lambda case, user: case.responsible_id is None and case.team_id in user.reach.member,
        ),
        "open_teams": Scope(
            lambda cls, user: is_one_of(cls.team_id, user.reach.open),
            lambda case, user: case.team_id in user.reach.open,
        ),
        "led": Scope(
            lambda cls, user: is_one_of(cls.team_id, user.reach.led),
            lambda case, user: case.team_id in user.reach.led,
        ),
        "watched": Scope(
            lambda cls, user: cls.id.in_(
                sa.select(case_watchers.c.case_id).where(case_watchers.c.user_id == user.id)
            ),
            lambda case, user: user in case.watchers,
        ),
        "on_my_lists": Scope(
            lambda cls, user: cls.id.in_(
                sa.select(calls.c.id).where(calls.c.call_list_id.in_(operated(user)))
            ),
            lambda case, user: case.kind == "call" and is_among(case.call_list_id, operated(user)),
        ),
        "about_my_calls": Scope(
            lambda cls, user: cls.id.in_(my_calls(user, calls.c.about_id)),
            lambda case, user: is_among(case.id, my_calls(user, calls.c.about_id)),
        ),
    }
    cases = Call.__mapper__.tables[0]
    partners_of_calls = (cases.c.partner_id, cases.c.contact_id)
    SCOPES["partner"] = {
        "of_my_calls": Scope(
            lambda cls, user: sa.or_(*(cls.id.in_(my_calls(user, column)) for column in partners_of_calls)),
            lambda partner, user: any(
                is_among(partner.id, my_calls(user, column)) for column in partners_of_calls
            ),
        ),
    }
    SCOPES["team"] = {
        "led": Scope(
            lambda cls, user: is_one_of(cls.id, user.reach.led),
            # A team to be made is of who leads the one above it.
            lambda team, user: (team.parent_id if team.id is None else team.id) in user.reach.led,
        ),
    }
    SCOPES["stage"] = {
        "led": Scope(
            lambda cls, user: sa.and_(cls.teams.any(), ~cls.teams.any(Team.id.not_in(user.reach.led))),
            lambda stage, user: bool(stage.teams) and {team.id for team in stage.teams} <= user.reach.led,
        ),
    }
    SCOPES["other"] = {}


def is_one_of(column: Any, ids: frozenset[int]) -> sa.ColumnElement[bool]:
    """Is it one of these few, each with a place of its own in the statement?

    `asking.Among` would be one statement for any number of them, but planned without knowing that they are few; and
    who has other teams is asked about in a statement of their own anyway.
    """
    return column.in_([sa.literal(each) for each in sorted(ids)]) if ids else sa.false()
