"""What templates ask about cases and people: a kind's name, who may make what, a number as a telephone takes it."""

import re
from typing import Any

from app.blueprints.cases import bp
from app.blueprints.cases.forms import grouped
from app.blueprints.cases.ties import KIND_WORDS
from app.blueprints.history.words import KINDS, KINDS_WITHIN
from app.domain.case import Case
from app.domain.partner import Partner
from app.domain.user import User


@bp.app_template_filter()
def kind_word(kind: str) -> str:
    """What people call this kind of case."""
    return str(KINDS[kind])


@bp.app_template_filter()
def kind_within(kind: str) -> str:
    """The same within a sentence."""
    return str(KINDS_WITHIN[kind])


@bp.app_template_filter()
def makes(user: User) -> bool:
    """May they make cases of any kind?"""
    return any(user.may_make(kind) for kind in KINDS)


@bp.app_template_filter()
def knows_new(user: User) -> bool:
    """May they make partners?"""
    return user.may("make", Partner)


@bp.app_template_filter()
def dialled(number: str) -> str:
    """A number without what only eyes need."""
    return re.sub(r"[^\d+*#]", "", number)


@bp.app_template_filter()
def record_word(record: Any) -> str:
    """What kind of record this is: the kind of a case, else partner or product."""
    if isinstance(record, Case):
        return f"{KINDS[record.kind]} #{record.id}"
    return str(KIND_WORDS[record.record_kind])


bp.add_app_template_filter(grouped)
