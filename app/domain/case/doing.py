"""What one can do to a case, each by its name: the same for its page, its card, and whatever acts on many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.permission import ACT_FOR

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

# What somebody does for themselves: whoever acts is also whom it concerns.
FOR_ONESELF = frozenset({"watch", "unwatch"})
VERBS = FOR_ONESELF | frozenset(
    "open wait close win lose cancel reopen reset escalate convert archive unarchive delete assign hand_to_team".split()
)


class Doing:
    """One question and one act for every verb."""

    def offers(self: Case, verb: str, user: User) -> bool:
        """Would this change something now, and is it theirs to do?"""
        if verb in FOR_ONESELF:
            is_possible = (user in self.watchers) is (verb == "unwatch")
        else:
            is_possible = verb in self.possible
        return is_possible and user.may(verb, self)

    def offered_to(self: Case, user: User) -> frozenset[str]:
        """All verbs of which that is so."""
        verbs = self.possible | {"unwatch" if user in self.watchers else "watch"}
        acts = {act: user.may(act, self) for act in {ACT_FOR[verb] for verb in verbs}}
        return frozenset(verb for verb in verbs if acts[ACT_FOR[verb]])

    def do(self: Case, verb: str, *, by: User, **facts: Any) -> None:
        """Do it; `facts` are what this verb asks for, such as the reason of a loss. Raises Refused if it cannot be."""
        if verb not in VERBS:
            raise ValueError(verb)
        concerned = (by,) if verb in FOR_ONESELF else ()
        getattr(self, verb)(*concerned, by=by, **facts)
