"""The letters that we bring: which file has which of them, and what a page needs."""

import re
from functools import cache
from io import BytesIO
from itertools import groupby

FONTS = {
    "inter-latin-ext.woff2": (
        "U+0180-0217,U+021C-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,"
        "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
    ),
    "inter-european.woff2": "U+0100-0130,U+0132-0151,U+0154-017F,U+0218-021B",
    "inter-latin.woff2": (
        "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,"
        "U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
    ),
}
# What is cut out of a font of theirs: the letters of Europe's languages are a sixth of those of all that write Latin.
CUT = {"inter-european.woff2": "inter-latin-ext.woff2"}


def cut(font: bytes, ranges: str) -> bytes:
    """Of a font only these letters, with all that is said of how they are set."""
    from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font

    options = Options(flavor="woff2", layout_features=["*"])
    part = load_font(BytesIO(font), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(ranges.replace("U+", "")))
    subsetter.subset(part)
    made = BytesIO()
    save_font(part, made, options)
    return made.getvalue()


def faces(folder: str) -> str:
    """What our styles say of the files in this folder."""
    return "\n".join(
        "@font-face { font-family: 'Inter Variable'; font-style: normal; font-display: swap; "
        f"font-weight: 100 900; src: url({folder}/{file}) format('woff2'); unicode-range: {ranges}; }}"
        for file, ranges in FONTS.items()
    )


def needs_more_letters(page: bytes) -> bool:
    """Whether a page holds letters of the font for Europe's languages, as in Wiśniewska.

    A browser looks for it only once it has laid out all of the page, and does so once more when it has come.
    """
    if not page[:64].lstrip().startswith(b"<!doctype html>"):
        return False
    return any(lead in page and rest.search(page) for lead, rest in letters_of("inter-european.woff2"))


@cache
def letters_of(font: str) -> list[tuple[bytes, re.Pattern[bytes]]]:
    """How the letters of a font stand in a page: the byte with which some of them begin, and what finds these.

    No other letter has that byte, and most pages have none of them: it is looked for in no time.
    """
    ranges = (each.removeprefix("U+").split("-") for each in FONTS[font].split(","))
    written = [
        chr(code).encode() for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1)
    ]
    return [
        (lead, re.compile(lead + b"[" + b"".join(each[1:] for each in letters) + b"]"))
        for lead, letters in groupby(written, key=lambda letter: letter[:1])
    ]
