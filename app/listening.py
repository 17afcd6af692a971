"""Where the server may listen: with accounts whose passwords everybody knows, at home only."""

import click
import sqlalchemy as sa
from flask import Flask

from app.config import Settings, SettingsError
from app.domain.organisation import Organisation
from app.extensions import db


def init_app(app: Flask) -> None:
    """However the server is started, it does not start like that. Commands may still put things right."""
    command = click.get_current_context(silent=True)
    if app.testing or (command is not None and command.info_name != "run"):
        return
    with app.app_context():
        if is_exposed(app.config["SETTINGS"]) and has_demo_accounts():
            raise SettingsError(REFUSAL)


def is_exposed(settings: Settings) -> bool:
    """Can others reach us, and did nobody say that they may play with the demo?"""
    return not (settings.is_loopback or settings.demo_anywhere)


def has_demo_accounts() -> bool:
    """Was this database filled with the demo? One that is not migrated yet was not; one that is away may be."""
    try:
        is_migrated = sa.inspect(db.engine).has_table(Organisation.__tablename__)
        return is_migrated and bool(db.session.scalar(sa.select(Organisation.is_demo)))
    finally:
        db.session.remove()
        db.engine.dispose()  # a server may fork from here


REFUSAL = (
    "This database holds demo accounts, whose passwords everybody knows, so the server listens on loopback only. "
    "Set HOST=127.0.0.1, name another database (INSTANCE=… or DATABASE_URL=…), or say DEMO_ANYWHERE=1."
)
