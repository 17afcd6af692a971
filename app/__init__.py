"""Holdfast: a CRM that a team starts with one command."""

from typing import Any

from flask import Flask

from app import database
from app.config import Settings
from app.extensions import bind_queue, csrf, db, htmx, login, migrate


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The application, as the table of its contents."""
    settings = settings or Settings.read()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.update(settings.flask())
    app.config.update(overrides)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", database.engine_options(url))

    from app.domain import models  # noqa: F401  (the mappers must all be known)

    db.init_app(app)
    database.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    htmx.init_app(app)
    csrf.init_app(app)
    login.init_app(app)
    if not app.testing:
        bind_queue(settings)
    return app
