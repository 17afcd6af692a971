"""How tests read a page."""

import re


def words(answer):
    """What a reader reads, without the marks around it."""
    return words_of(answer.text)


def words_of(piece):
    """The same of a piece of a page."""
    text = re.sub(r"<(script|style|template).*?</\1>", " ", piece, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r" ([,.])", r"\1", " ".join(re.sub(r"&#3[49];", "'", text).split()))
