"""Holdfast: a CRM that a team starts with one command."""

from typing import Any

from flask import Flask

from app import database
from app.config import Settings
from app.extensions import bind_queue, csrf, db, htmx, login, migrate
from app.templating import Holdfast


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The application, as the table of its contents."""
    settings = settings or Settings.read()
    app = Holdfast(__name__, instance_path=str(settings.instance))
    app.config.update(settings.flask())
    app.config.update(overrides)
    app.config.setdefault(
        "SQLALCHEMY_ENGINE_OPTIONS", database.engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    )
    add_records(app)
    add_manners(app)
    add_pages(app)
    add_commands(app)
    if not app.testing:
        bind_queue(settings)
    return app


def add_records(app: Flask) -> None:
    """What is kept, and how the database is spoken to."""
    from app import mail
    from app.domain import file_store, models  # noqa: F401  (mappers and scopes must know all records)

    db.init_app(app)
    database.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    file_store.bind(app.config["SETTINGS"].files_url)
    mail.init_app(app)


def add_manners(app: Flask) -> None:
    """What holds for every page: who asks, in which language, how it is answered and what is refused."""
    from app import assets, compression, errors, i18n, marks, once, security, web

    compression.init_app(app)  # first to be asked is last to touch an answer
    htmx.init_app(app)
    csrf.init_app(app)
    login.init_app(app)
    security.init_app(app)
    i18n.init_app(app)
    assets.init_app(app)
    marks.init_app(app)
    web.init_app(app)
    once.init_app(app)
    errors.init_app(app)


def add_pages(app: Flask) -> None:
    """Every part of the product that has addresses."""
    from app.blueprints import (
        activities,
        auth,
        calls,
        cases,
        files,
        health,
        history,
        home,
        hooks,
        leaving,
        lists,
        mail,
        notes,
        notifications,
        organisation,
        outbox,
        partners,
        people,
        pipeline,
        portal,
        rules,
        search,
        settings,
        shell,
        views,
        worker,
    )

    for part in (
        auth,
        portal,
        shell,
        home,
        pipeline,
        views,
        cases,
        calls,
        activities,
        notes,
        mail,
        partners,
        history,
        files,
        outbox,
        leaving,
        search,
        settings,
        people,
        lists,
        rules,
        hooks,
        organisation,
        notifications,
        worker,
        health,
    ):
        app.register_blueprint(part.bp)


def add_commands(app: Flask) -> None:
    """What is done from a shell, and where a server may listen."""
    from app import cli, listening

    cli.init_app(app)
    listening.init_app(app)
