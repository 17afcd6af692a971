"""Text folded for finding: without case, accents or compatibility forms."""

import unicodedata


def fold(text: str | None) -> str:
    """The same for 'Müller', 'MULLER' and 'muller'; equal on every database."""
    if text is None or text.isascii():
        return " ".join((text or "").lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def clean(text: str) -> str:
    """What may be stored: no NUL or lone surrogates (PostgreSQL refuses them), one form of every letter."""
    if text.isascii() and "\0" not in text:
        return text
    kept = "".join(sign for sign in text if sign != "\0" and not 0xD800 <= ord(sign) <= 0xDFFF)
    return unicodedata.normalize("NFC", kept)
