"""Mail: a message becomes or joins a case, and leaves from one."""

from flask import Flask

from app.config import Settings, SettingsError


def init_app(app: Flask) -> None:
    """Know what to do with the jobs of the outbox, and refuse to start with a mail server that is none."""
    from app.mail import notices, outbound  # noqa: F401  (say which functions write and send)
    from app.mail.server import BadAddress, MailServer

    settings: Settings = app.config["SETTINGS"]
    try:
        if settings.smtp_url:
            MailServer.at(settings.smtp_url)
    except BadAddress as error:
        raise SettingsError(
            "SMTP_URL is smtp://user:password@host:587?starttls=1 or smtps://user:password@host."
        ) from error
