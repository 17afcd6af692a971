"""The application as it is, with a way to ask what an answer cost: `bench.measured:create_app()`.

A request with the header `X-Bench` gets its number of statements and the time in the database back; the value
`keep` also puts the statements aside, so that they can be run again without us. There is one route more, which
does nothing.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, has_request_context, request

import app as holdfast
from app.extensions import db


def create_app() -> Flask:
    app = holdfast.create_app()
    app.add_url_rule("/bench/empty", view_func=lambda: "")
    with app.app_context():
        watch(db.engine)
    app.before_request(start)
    app.after_request(tell)
    return app


def start() -> None:
    if "X-Bench" in request.headers:
        g.statements, g.in_database = [], 0.0


def watch(engine: sa.Engine) -> None:
    def counts() -> bool:
        return has_request_context() and "statements" in g

    @sa.event.listens_for(engine, "before_cursor_execute")
    def before(
        _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        if counts():
            g.statements.append((statement, values, many))
            g.asked = time.perf_counter()

    @sa.event.listens_for(engine, "after_cursor_execute")
    def after(*_: Any) -> None:
        if counts():
            g.in_database += time.perf_counter() - g.asked


def plain(value: Any) -> str:
    """A value that JSON does not know: PostgreSQL's wrapped JSON, an instant, a date."""
    return json.dumps(value.obj) if hasattr(value, "obj") else str(value)


def tell(response: Response) -> Response:
    if "statements" in g:
        spent = g.in_database * 1000
        response.headers["X-Bench"] = json.dumps({"statements": len(g.statements), "ms": round(spent, 2)})
        if request.headers["X-Bench"] == "keep":
            kept = Path(os.environ["INSTANCE"]) / "kept.json"
            kept.write_text(json.dumps(g.statements, default=plain))
    return response
