"""The figures of a board from the totals that are kept on write: the same effort for any number of cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain import counting
from app.domain.asking import ask
from app.domain.board.totals import WHOLE as IN_ONE
from app.domain.board.totals import Rates, Total, total_of_all, totals_by
from app.domain.case import KINDS, Case
from app.domain.case.filter_fields import RECENT, today
from app.domain.organisation import Organisation
from app.domain.visibility import SCOPES

if TYPE_CHECKING:
    from app.domain.board.grouping import Grouping
    from app.domain.case.filtering import CaseFilter

COLUMNS = {"stage": "stage_id", "responsible": "responsible_id", "team": "team_id"}
COLUMN_OF = {"team": "team_id", "in_team": "team_id", "responsible": "responsible_id", "stage": "stage_id"}
FIELDS = frozenset({"kind", "state"} | COLUMN_OF.keys())
# Reasons to see cases that totals know: all of a team, or by who is responsible.
WHOLE, OF_PERSONS = frozenset({"open_teams", "led"}), frozenset({"own", "unassigned_in_my_teams"})
Clause = sa.ColumnElement[bool]


def can_count(asked: CaseFilter, grouping: Grouping) -> bool:
    """Is it about whole teams, people and stages, in columns of these or in one?"""
    is_plain = asked.given.keys() <= FIELDS and asked.state in {"open", "current"}
    # Who sees some kinds for other reasons than others has no common total of them.
    has_one_reason = len(kinds(asked)) == 1 or asked.reader.scopes("see", Case).keys() <= {"*"}
    return is_plain and has_one_reason and (grouping is IN_ONE or grouping.by in COLUMNS)


def total_of_list(asked: CaseFilter) -> Total:
    """All that a filter lets through together."""
    if can_count(asked, IN_ONE):
        return sum(counted_totals(asked, IN_ONE).values(), Total())
    return total_of_all(asked)


def kinds(asked: CaseFilter) -> list[str]:
    """The kinds of cases that are asked for."""
    return list(asked.given.get("kind", KINDS))


def counted_totals(asked: CaseFilter, grouping: Grouping) -> dict[str, Total]:
    """The figures of each column that has cases, by its value, in one statement.

    Cases that are seen for other reasons alone, such as those that one watches, are few and counted live.
    """
    question = asked.question(("totals", grouping.by), lambda: counted(asked, grouping))
    return totals_by(grouping, ask(question), RatesByDay())


def counted(asked: CaseFilter, grouping: Grouping) -> sa.Select[Any]:
    """The statement for that."""
    parts = [kept_facts(asked, grouping, *each) for each in sources(asked, grouping)]
    beyond = scope_names(asked) - WHOLE - OF_PERSONS
    if beyond and not sees_all_of(asked):
        parts.append(live_facts(asked, grouping, beyond))
    return added_up(parts)


def sees_all_of(asked: CaseFilter) -> bool:
    """Does the reader know of every case that is asked for, because these are all theirs or of their teams?"""
    names, given = scope_names(asked), asked.given
    if "all" in names:
        return True
    if given.get("responsible", {}).keys() in ({"me"}, {str(asked.reader.id)}):
        return "own" in names
    if "none" in given.get("team", {}) or "team" not in given:
        return False
    return set(asked.ids("team")) <= set(whole_teams(asked, names))


def sources(asked: CaseFilter, grouping: Grouping) -> Iterator[tuple[sa.Subquery, Clause]]:
    """Which totals to add up, and which rows of these may be known: whole teams, then what is the reader's besides."""
    names, sees_all = scope_names(asked), sees_all_of(asked)
    persons, teams = counting.by_person(), counting.by_team()
    if grouping.by == "responsible" or "responsible" in asked.given:
        yield persons, sa.true() if sees_all else sa.or_(sa.false(), *scopes(asked, persons.c, names))
    elif sees_all:
        yield teams, sa.true()
    else:
        whole = whole_teams(asked, names)
        yield teams, teams.c.team_id.in_(whole)
        rest = sa.or_(sa.false(), *scopes(asked, persons.c, names & OF_PERSONS))
        yield persons, sa.and_(rest, persons.c.team_id.not_in(whole))


def scope_names(asked: CaseFilter) -> frozenset[str]:
    """Why the reader may know of cases of this kind."""
    scopes = asked.reader.scopes("see", Case)
    return scopes.get("*", frozenset()).union(*(scopes.get(kind, ()) for kind in kinds(asked)))


def whole_teams(asked: CaseFilter, names: frozenset[str]) -> list[int]:
    """The teams of which the reader sees every case."""
    reach = asked.reader.reach
    return sorted((reach.open if "open_teams" in names else set()) | (reach.led if "led" in names else set()))


def scopes(asked: CaseFilter, c: Any, names: frozenset[str], nobody: Any = 0) -> list[Clause]:
    """The reasons that whole teams and persons give; in the totals nobody is 0, in the cases NULL."""
    reader, is_nobodys = asked.reader, c.responsible_id.is_not_distinct_from(nobody)
    reasons = {
        "own": c.responsible_id == reader.id,
        "unassigned_in_my_teams": sa.and_(is_nobodys, c.team_id.in_(sorted(reader.reach.member))),
    }
    found = [clause for name, clause in reasons.items() if name in names]
    return [*found, c.team_id.in_(whole_teams(asked, names))] if names & WHOLE else found


def kept_facts(asked: CaseFilter, grouping: Grouping, kept: sa.Subquery, seen: Clause) -> sa.Select[Any]:
    """Those rows of some totals that are asked for, as the board reads them."""
    c, now = kept.c, today().isoformat()
    # In the totals nobody and nowhere are 0.
    column = sa.func.nullif(c[COLUMNS[grouping.by]], 0) if grouping.by in COLUMNS else grouping.expression
    is_foreign = sa.and_(c.won_on != counting.NEVER, c.currency != Organisation.current().currency)
    pressing = sa.case(
        (c.next_on == counting.NEVER, "none"),
        (c.next_on < now, "overdue"),
        (c.next_on == now, "today"),
        else_="planned",
    )
    return sa.select(
        column.label("column"),
        c.currency.label("currency"),
        (c.won_on != counting.NEVER).label("is_closed"),
        sa.case((is_foreign, c.won_on), else_=None).label("won_on"),
        pressing.label("pressing"),
        c.cases.label("count"),
        c.valued.label("valued"),
        c.expected.label("revenue"),
        c.weighted.label("weighted"),
    ).where(seen, *wanted(asked, c))


def added_up(parts: list[sa.Select[Any]]) -> sa.Select[Any]:
    """All of these together, by column."""
    each = sa.union_all(*parts).subquery()
    by = [each.c[name] for name in ("column", "currency", "is_closed", "won_on", "pressing")]
    sums = [sa.func.sum(each.c[name]).label(name) for name in ("count", "valued", "revenue", "weighted")]
    return sa.select(*by, *sums).group_by(*by).having(sa.func.sum(each.c["count"]) != 0)


class RatesByDay(Rates):
    """Totals know the day on which their cases were won; what another currency was worth then is looked up."""

    def of(self, row: Any) -> Decimal | None:
        return (
            self.on(row.currency, date.fromisoformat(row.won_on)) if row.won_on else self.today(row.currency)
        )


def wanted(asked: CaseFilter, c: Any) -> list[Clause]:
    """What is asked for, in the words of the totals."""
    clauses = [c.kind.in_(kinds(asked))] if "kind" in asked.given else []
    clauses.append(c.won_on == counting.NEVER if asked.state == "open" else lately(c))
    for name, column in COLUMN_OF.items():
        if name in asked.given:
            nothing = [0] if "none" in asked.given[name] else []
            clauses.append(c[column].in_([*asked.ids(name), *nothing]))
    return clauses


def lately(c: Any) -> Clause:
    """Not closed, or won in the last thirty days."""
    return sa.or_(c.won_on == counting.NEVER, c.won_on >= (today() - RECENT).isoformat())


def live_facts(asked: CaseFilter, grouping: Grouping, names: frozenset[str]) -> sa.Select[Any]:
    """The same facts of cases that are seen for these reasons, and not for the usual ones."""
    others = sa.or_(*(SCOPES["case"][name].clause(Case, asked.reader) for name in sorted(names)))
    usual = scopes(asked, Case, scope_names(asked), None)
    is_usual = sa.case((sa.or_(sa.false(), *usual), 1), else_=0) == 1
    won, due, now = Case.won_on.is_not(None), Case.next_activity_on, today()
    is_foreign = sa.and_(won, Case.currency != Organisation.current().currency)
    pressing = sa.case(
        (sa.or_(won, due.is_(None)), "none"), (due < now, "overdue"), (due == now, "today"), else_="planned"
    )
    return sa.select(
        grouping.expression.label("column"),
        Case.currency,
        won.label("is_closed"),
        sa.case((is_foreign, sa.cast(Case.won_on, sa.String)), else_=None).label("won_on"),
        pressing.label("pressing"),
        sa.literal(1).label("count"),
        sa.case((Case.expected_revenue.is_not(None), 1), else_=0).label("valued"),
        sa.func.coalesce(Case.expected_revenue, 0).label("revenue"),
        Case.weighted,
    ).where(Case.__table__.c.deleted_at.is_(None), others, ~is_usual, *asked.clauses.values())
