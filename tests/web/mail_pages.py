"""A mail from a case as its box sends it, and what stands in the box."""

import html
import re

import sqlalchemy as sa

from app.domain.message import Message
from app.extensions import db

TO = "Ines Carvalho <ines@hofmann.example>"


def write(visitor, case, **fields):
    sent = {"to": TO, "subject": "Your flow meters", "text": "They left today.", "with_signature": "y"}
    return visitor.post(f"/cases/{case.id}/mails", htmx=True, **(sent | fields))


def fill(visitor, case, **fields):
    return visitor.post(f"/cases/{case.id}/mails/filled", htmx=True, **fields)


def mails():
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def value(answer, name):
    """What stands in a line of the mail that is written."""
    (tag,) = re.findall(rf'<input[^>]* name="{name}"[^>]*>', answer.text)
    found = re.search(r' value="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def text_of(answer):
    (found,) = re.findall(r'<textarea id="mail-text"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    return html.unescape(found)
