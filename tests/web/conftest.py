"""What tests of pages share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

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
