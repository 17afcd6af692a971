"""Who is not to be written to without a second thought: they asked for no mail, or mail to them came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import get_locale

from app.domain.errors import Refused
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.case.letter import Person


@dataclass(frozen=True)
class Spared:
    """An address that no mail should go to: whose it is wants none, or it came back on that day."""

    address: str
    bounced_at: datetime | None

    def __str__(self) -> str:
        if self.bounced_at is None:
            return _("“%(address)s” wants no mail.", address=self.address)
        day = format_date(Organisation.current().day_of(self.bounced_at), "medium", locale=get_locale())
        return _("Mail to “%(address)s” came back on %(day)s.", address=self.address, day=day)


class Unwanted(Refused):
    """Somebody is not to be written to: a person may do so all the same, if they say so."""

    def __init__(self, spared: list[Spared]) -> None:
        super().__init__(" ".join(map(str, spared)))
        self.spared = spared


class Sparing:
    """Whoever wants no mail gets none by a rule, and by a person only if that person means it."""

    def spared(self: Case, people: Iterable[Person]) -> list[Spared]:
        """Those of these people, of whatever address, that are better not written to about this case."""
        addresses = {address.casefold(): address for _name, address in people}
        if not addresses:
            return []
        found: dict[str, Spared] = {}
        marked = sa.or_(Partner.do_not_mail, Partner.mail_bounced_at.is_not(None))
        query = sa.select(Partner.email_folded, Partner.do_not_mail, Partner.mail_bounced_at).where(
            Partner.email_folded.in_(addresses), Partner.deleted_at.is_(None), marked
        )
        for folded, wants_none, bounced_at in db.session.execute(query.order_by(Partner.do_not_mail)):
            address = addresses[str(folded)]
            found[str(folded)] = Spared(address, None if wants_none else bounced_at)
        # What the case came with may be another address of whom it reaches.
        speaker, own = self.speaker, self.email_folded
        if speaker is not None and speaker.do_not_mail and own is not None and own in addresses:
            found[own] = Spared(addresses[own], None)
        return [found[folded] for folded in addresses if folded in found]
