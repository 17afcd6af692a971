"""What tests of pages share."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.history import lock
from app.domain.mail_template import MailTemplate
from app.extensions import db
from tests.conftest import Visitor


@pytest.fixture
def statements() -> Iterator[Callable[[Visitor, str], tuple[int, Any]]]:
    """How many statements a visit sends once the process knows its configuration, and what it is answered."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    def count(visitor: Visitor, path: str, **options: Any) -> tuple[int, Any]:
        visitor.get(path, **options)
        seen.clear()
        answer = visitor.get(path, **options)
        assert answer.status_code == 200
        return len(seen), answer

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield count
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@pytest.fixture
def led_support(support, marc):
    """Support, led by Marc himself."""
    lock(support)
    support.edit({"leader_id": marc.id}, by=marc)
    db.session.commit()
    return support


@pytest.fixture
def claim(led_support, otto, marc):
    """Open for three days, and nobody has spoken with them."""
    support = led_support
    with clock.stopped_at(clock.now() - timedelta(days=3)):
        made = Case.make("claim", "Wrong flange delivered", by=marc, team=support, responsible=otto)
        made.open(by=otto)
        db.session.commit()
    return made


@pytest.fixture
def server(monkeypatch):
    """Mail leaves this Holdfast."""
    monkeypatch.setattr("app.mail.server.MailServer.current", lambda: "mail.example:25")


@pytest.fixture
def thanks(ada):
    template = MailTemplate.make(
        by=ada,
        name="Thanks",
        subject="About {{ case.name }}",
        text="Hello {{ contact.name }},\n\nby {{ case.deadline }} you hear from us.",
    )
    db.session.commit()
    return template
