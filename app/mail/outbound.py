"""Mail that leaves: from the outbox to the server, one conversation a message."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import css_inline
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.domain.job import GiveUp, Job, Note, NotYet, handles
from app.domain.message import Message, Outcome, Recipient
from app.extensions import db
from app.mail import letters
from app.mail.server import MailServer

# Letters beyond ASCII travel as quoted-printable: not every server takes eight bits.
POLICY = SMTP.clone(cte_type="7bit")
KEPT = "No mail server is set."


def give_up(job: Job, reason: str) -> None:
    """Nobody gets it any more who has not got it yet."""
    message = db.session.get(Message, job.record_id)
    if message is not None and message.state == "waiting":
        left = message.waits
        message.give_up(reason)
        letters.undelivered(message, left)


@handles("send", given_up=give_up)
def send(job: Job) -> Note | None:
    """Hand one message of the outbox to the mail server, and answer with what there is to note.

    The conversation is held in no transaction. What the server accepted is noted together with the job's
    end; only a process killed in between hands over the same Message-ID again.
    """
    message_id = job.record_id
    message = db.session.scalars(
        sa.select(Message).where(Message.id == message_id).options(selectinload(Message.recipients))
    ).first()
    if message is None or message.state != "waiting":
        return None
    outcomes = {each.id: Outcome("recalled", "Their account is closed.") for each in message.gone_away}
    if waiting := {each.id: each.address for each in message.waits if each.id not in outcomes}:
        server = MailServer.current()
        if server is None:
            raise NotYet(KEPT)
        sender = message.sender
        try:
            mail = build(message).as_bytes()
            sender = ascii_address(sender)
        except (ValueError, IndexError, LookupError) as error:
            raise GiveUp(f"This mail cannot be written: {error}") from error
        with job.held():
            outcomes |= hand_over(server, mail, sender, waiting)
    return lambda: conclude(message_id, outcomes)


def conclude(message_id: int | None, outcomes: dict[int, Outcome]) -> str | None:
    """Note what became of a mail, and tell who wrote it whom it does not reach."""
    message = db.session.get(Message, message_id)
    if message is None:
        return None
    unfinished = message.conclude(outcomes)
    letters.undelivered(message, refused_of(message, outcomes))
    return unfinished


def refused_of(message: Message, outcomes: dict[int, Outcome]) -> list[Recipient]:
    return [each for each in message.recipients if each.id in outcomes and each.state == "refused"]


def wake_kept() -> None:
    """What was kept for want of a mail server goes now, if there is one."""
    if MailServer.current() is not None:
        Job.wake("send")


def build(message: Message) -> EmailMessage:
    """The message as it travels."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = header_address(message.sender_name, message.sender)
    if message.reply_to:
        mail["Reply-To"] = header_address("", message.reply_to)
    for header, kind in (("To", "to"), ("Cc", "cc")):
        named = [each for each in message.recipients if each.kind == kind and is_address(each.address)]
        if named:
            mail[header] = [header_address(each.name, each.address) for each in named]
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.send_at or message.created_at)
    mail["Message-ID"] = message.message_id
    if message.automatic:
        mail["Auto-Submitted"] = message.automatic
    if message.in_reply_to:
        mail["In-Reply-To"] = message.in_reply_to
        mail["References"] = " ".join(dict.fromkeys(filter(None, (message.thread, message.in_reply_to))))
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(inlined(message.html), subtype="html", cte="quoted-printable")
    # Read before any is added: reading ends the transaction, and what was loaded with it.
    enclosed = [(each.name, each.file.media_type, each.file.content()) for each in message.files]
    for name, media_type, content in enclosed:
        main, _slash, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=name)
    return mail


def inlined(html: str) -> str:
    """Styles on the elements themselves, where every mail program finds them; nothing is fetched for it."""
    return css_inline.inline(html, load_remote_stylesheets=False)


def header_address(name: str, address: str) -> Address:
    """An address parsed, not concatenated. Raises ValueError for what is none."""
    return Address(display_name=name, addr_spec=ascii_address(address))


def ascii_address(address: str) -> str:
    """The address with its domain in the letters that mail servers take."""
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain or re.search(r"[\s<>,;]", address.strip()):
        raise ValueError(f"{address} is not a mail address.")
    return f"{local}@{domain.encode('idna').decode()}"


def is_address(address: str) -> bool:
    """Could a mail server take mail for it? Letters beyond ASCII before the @ are for few of them."""
    try:
        return ascii_address(address).isascii()
    except ValueError:
        return False


def hand_over(server: MailServer, mail: bytes, sender: str, recipients: dict[int, str]) -> dict[int, Outcome]:
    """One conversation with the mail server; answers what became of the mail for each recipient.

    A server that cannot be reached, or does not let us in, is a matter of time: 'waiting'. Its own no to a
    sender, a recipient or a text is final when it begins with 5.
    """
    try:
        client = server.open(sender.rpartition("@")[2])
    except (OSError, smtplib.SMTPException) as error:
        return dict.fromkeys(recipients, Outcome("waiting", f"{server}: {said(error)}"))
    try:
        return converse(client, mail, sender, recipients)
    finally:
        # What was accepted is accepted, however the goodbye goes.
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def converse(
    client: smtplib.SMTP, mail: bytes, sender: str, recipients: dict[int, str]
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    try:
        code, answer = client.mail(sender, [f"size={len(mail)}"] if client.has_extn("size") else [])
        if code >= 300:
            return dict.fromkeys(recipients, refusal(code, answer))
        for recipient_id, address in recipients.items():
            outcomes[recipient_id] = offer(client, address)
        accepted = [each for each, outcome in outcomes.items() if outcome.state == "sent"]
        if accepted:
            outcomes |= dict.fromkeys(accepted, Outcome("waiting", "The server did not answer."))
            code, answer = deliver(client, mail)
            outcomes |= dict.fromkeys(accepted, refusal(code, answer))
    except (OSError, smtplib.SMTPException) as error:
        missing = Outcome("waiting", said(error))
        for recipient_id in recipients:
            if outcomes.get(recipient_id, missing).state != "refused":
                outcomes[recipient_id] = missing
    return outcomes


def offer(client: smtplib.SMTP, address: str) -> Outcome:
    """Does the server take mail for this recipient?"""
    if not is_address(address):
        return Outcome("refused", "This is not an address that mail servers take.")
    return refusal(*client.rcpt(ascii_address(address)))


def deliver(client: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
    try:
        return client.data(mail)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""


def refusal(code: int, answer: bytes) -> Outcome:
    """The server's answer as an outcome."""
    state = "sent" if 200 <= code < 300 else "refused" if code >= 500 else "waiting"
    return Outcome(state, f"{code} {answer.decode('utf-8', 'replace')}"[:500])


def said(error: Exception) -> str:
    """What went wrong, in a line."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {words}"[:500]
    return (str(error) or type(error).__name__)[:500]
