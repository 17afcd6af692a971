"""Where answers come back to: an address for each case and recipient, signed, so that nobody makes up one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.token import LONGEST, is_signed, short, signature
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.message import Recipient
    from app.domain.user import User

PURPOSE = "reply"
# 'reply+' and then case, recipient and signature: 61 letters at most, where mail servers take 64.
ADDRESS = re.compile(rf"reply\+(([0-9a-z]{{1,13}})-([ur])([0-9a-z]{{1,13}}))-([0-9a-z]{{{LONGEST}}})(?:@.*)?")
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class ReplyTo:
    """What an address of ours says: the case, and to whom it was given, one of our people or somebody outside."""

    case_id: int
    user_id: int | None = None
    recipient_id: int | None = None

    @classmethod
    def read(cls, address: str) -> ReplyTo | None:
        """What this address was signed for; None for one that is not ours, or of which anything was changed."""
        found = ADDRESS.fullmatch(address.strip().casefold())
        if found is None or not is_signed(found[5], PURPOSE, found[1]):
            return None
        case_id, known_id = int(found[2], 36), int(found[4], 36)
        if max(case_id, known_id) > LARGEST:
            return None
        return cls(case_id, user_id=known_id) if found[3] == "u" else cls(case_id, recipient_id=known_id)

    def address(self, domain: str) -> str:
        """The address itself."""
        whom = f"u{short(self.user_id)}" if self.user_id is not None else f"r{short(self.recipient_id or 0)}"
        said = f"{short(self.case_id)}-{whom}"
        return f"reply+{said}-{signature(PURPOSE, said)}@{domain}"

    @property
    def user(self) -> User | None:
        """Which of our people it was given to, as long as they are one: it dies with their account."""
        from app.domain.user import User

        user = db.session.get(User, self.user_id) if self.user_id is not None else None
        return user if user is not None and user.is_active and user.is_staff else None

    @property
    def recipient(self) -> Recipient | None:
        """Whom outside it was given to."""
        from app.domain.message import Recipient

        return db.session.get(Recipient, self.recipient_id) if self.recipient_id is not None else None
