"""What Holdfast itself writes to people: how to get in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask_babel import gettext as _

from app import clock
from app.domain import wording
from app.domain.case.letter import in_language
from app.domain.history import Event
from app.domain.message import Message, Recipient
from app.domain.organisation import Organisation
from app.domain.user import User


def invite(user: User, link: str, *, by: User, event: Event | None = None) -> Message:
    """Ask somebody in; taken back with the invitation, as long as it has not gone."""
    organisation = Organisation.current()
    with language_of(user, organisation):
        return Message.send(
            [(user.name, user.email)],
            _("%(name)s invites you to Holdfast", name=by.name),
            _(
                "Hello %(name)s,\n\n"
                "%(who)s has made you an account in the Holdfast of %(organisation)s. "
                "Choose your password here:\n\n"
                "%(link)s\n\n"
                "The link works once, for seven days. You sign in as %(email)s.\n",
                name=user.name,
                who=by.name,
                organisation=organisation.name,
                link=link,
                email=user.email,
            ),
            sender=organisation.sender,
            sender_name=organisation.name,
            event=event,
            is_secret=True,
        )


def reset(user: User, link: str) -> Message:
    """Let them choose a new password."""
    organisation = Organisation.current()
    with language_of(user, organisation):
        return Message.send(
            [(user.name, user.email)],
            _("Choose a new password"),
            _(
                "Hello %(name)s,\n\n"
                "somebody, probably you, asked for a new password for %(email)s. Choose it here:\n\n"
                "%(link)s\n\n"
                "The link works once, for two hours. If you did not ask for it, "
                "there is nothing to do: your password stays as it is.\n",
                name=user.name,
                email=user.email,
                link=link,
            ),
            sender=organisation.sender,
            sender_name=organisation.name,
            send_at=clock.now(),
            is_secret=True,
        )


def undelivered(message: Message, recipients: Sequence[Recipient]) -> Message | None:
    """Tell who wrote a mail, or whose case it is about, whom it does not reach; of what tells so itself, nobody."""
    case = message.event.case if message.event is not None else None
    user = message.writer or (case.responsible if case is not None else None)
    tells_so_itself = message.automatic and message.event is None
    if not recipients or tells_so_itself or user is None or not user.is_active:
        return None
    if {each.address.casefold() for each in recipients} == {user.email}:
        return None  # it would not reach them either
    organisation = Organisation.current()
    with language_of(user, organisation):
        page = wording.page_of(case) if case is not None else ""
        return Message.send(
            [(user.name, user.email)],
            _("Not delivered: %(subject)s", subject=message.subject),
            "\n\n".join(
                filter(
                    None,
                    (
                        _("Your mail “%(subject)s” did not reach these people:", subject=message.subject),
                        "\n".join(f"{each}: {each.answer}" for each in recipients),
                        page,
                    ),
                )
            ),
            sender=organisation.sender,
            sender_name=organisation.name,
            send_at=clock.now(),
            automatic="auto-generated",
        )


@contextmanager
def language_of(user: User, organisation: Organisation) -> Iterator[None]:
    """Letters are in the language of who reads them, whoever causes them."""
    with in_language(user.language or organisation.language):
        yield
