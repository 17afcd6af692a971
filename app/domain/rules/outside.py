"""Calls from outside: an address of a rule, called by another program, lets it act on a case."""

from __future__ import annotations

import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.history import act, locked
from app.domain.rules.conditions import not_binned
from app.domain.rules.rule import Rule, digest
from app.domain.rules.triggers import HOOK_CALLED
from app.domain.rules.working import Working, working
from app.domain.sent_form import SentBefore, SentForm
from app.extensions import _


def call_hook(token: str, case_id: int, *, key: str | None = None) -> bool:
    """Somebody outside names a case to a rule. Answers whether this was the first call with this key.

    Raises Refused alike for a secret that opens nothing and for a case out of the rule's reach: a stranger
    learns nothing of either. A call that comes again with its key does nothing again.
    """
    rule = Rule.with_hook(token)
    found = locked(sa.select(Case).where(Case.id == case_id, not_binned())) if rule else []
    at_work: Working | None = working(rule) if rule is not None else None
    if rule is None or at_work is None or not found or not at_work.reaches(found[0].team_id):
        raise Refused(_("There is nothing here that can be called like this."))
    if key:
        try:
            SentForm.claim(f"hook {rule.id} {digest(key)}", "")
        except SentBefore:
            return False
    with act(HOOK_CALLED, found[0], by=SYSTEM, details={"rule": rule.name, "rule_id": rule.id}):
        pass
    return True
