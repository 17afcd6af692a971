"""Reading what people save from spreadsheets: any encoding, any delimiter, a row at a time."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import mode

from app.domain.errors import Refused
from app.domain.spreadsheets import meant
from app.domain.text import clean, fold
from app.extensions import _

PIECE = 1024 * 1024
SAMPLE = 64 * 1024
DELIMITERS = ",;\t|"
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What spreadsheets and older programs write where it is not Unicode; the usual ones of the west first.
OLDER = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
Numbered = tuple[int, list[str]]


@dataclass(frozen=True)
class Sheet:
    """A file of rows under a header."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]

    @classmethod
    def open(cls, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
        """Find out how a file is written. Raises Refused with a sentence if it has no usable header."""
        encoding = encoding or encoding_of(path)
        delimiter = delimiter or delimiter_of(beginning(path, encoding))
        header = next(records(path, encoding, delimiter), (0, []))[1]
        return cls(path, encoding, delimiter, usable(header))

    def rows(self, after: int = 0) -> Iterator[Numbered]:
        """Number and cells of each row below the header, without those that are empty."""
        found = records(self.path, self.encoding, self.delimiter)
        next(found, None)
        for number, (_line, cells) in enumerate(found, 1):
            if number > after:
                yield number, cells

    @property
    def digest(self) -> str:
        """What is in the file, in a word."""
        sum_ = hashlib.sha256()
        with self.path.open("rb") as stream:
            while piece := stream.read(PIECE):
                sum_.update(piece)
        return sum_.hexdigest()


def usable(header: list[str]) -> list[str]:
    """The headings, each there and each another one."""
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Refused(_("The file is empty: it should begin with a row of headings."))
    if "" in names:
        raise Refused(_("Column %(n)s has no heading. Give each column one.", n=names.index("") + 1))
    folded = [fold(name) for name in names]
    twice = next((name for name, each in zip(names, folded, strict=True) if folded.count(each) > 1), None)
    if twice is not None:
        raise Refused(_("Two columns are called “%(name)s”. Rename one of them.", name=twice))
    return names


def records(path: Path, encoding: str, delimiter: str) -> Iterator[Numbered]:
    """Line number and cells of every row that says something."""
    reader = None
    try:
        with path.open(encoding=encoding, newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            for cells in reader:
                row = "".join(cells)
                if row.isascii() and "\0" not in row and "'" not in row:
                    kept = cells  # nothing in it to be cleaned
                else:
                    kept = [clean(meant(cell)) for cell in cells]
                if row.strip():
                    yield reader.line_num, kept
    except UnicodeError as error:
        raise Refused(
            _("The file is not %(encoding)s throughout. Name its encoding in the mapping.", encoding=encoding)
        ) from error
    except csv.Error as error:
        line = reader.line_num if reader is not None else 1
        raise Refused(
            _("The file cannot be read from line %(n)s on: is a quotation mark left open?", n=line)
        ) from error


def encoding_of(path: Path) -> str:
    """Unicode if it says so or is valid, else what the letters beyond ASCII look like."""
    with path.open("rb") as stream:
        start = stream.read(4096)
        for mark, encoding in MARKS.items():
            if start.startswith(mark):
                return encoding
        # Every other byte of what is mostly ASCII is empty there; a single one is an accident.
        if start.count(0) > len(start) / 4:
            return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
        stream.seek(0)
        if is_utf_8(iter(lambda: stream.read(PIECE), b"")):
            return "utf-8"
        stream.seek(0)
        foreign = b"".join(line for line in telling(stream, SAMPLE))
    from charset_normalizer import from_bytes  # 2 MB that only what is older than Unicode needs

    best = from_bytes(foreign, cp_isolation=OLDER).best()
    return best.encoding if best is not None else "cp1252"


def is_utf_8(pieces: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def telling(stream: Iterator[bytes], enough: int) -> Iterator[bytes]:
    """The lines that have letters beyond ASCII, until there are enough of them."""
    size = 0
    for line in stream:
        if not line.isascii():
            yield line
            size += len(line)
            if size > enough:
                return


def beginning(path: Path, encoding: str) -> str:
    """The first lines, each whole."""
    try:
        with path.open(encoding=encoding, newline="") as stream:
            text = stream.read(SAMPLE)
    except UnicodeError as error:
        raise Refused(
            _("The file is not %(encoding)s throughout. Name its encoding in the mapping.", encoding=encoding)
        ) from error
    except LookupError as error:
        raise Refused(_("There is no encoding called %(name)s.", name=encoding)) from error
    return text if len(text) < SAMPLE else text.rpartition("\n")[0]


def delimiter_of(text: str) -> str:
    """The sign that cuts the first rows into the most columns, the same number in each."""
    return max(DELIMITERS, key=lambda sign: evenness(text, sign))


def evenness(text: str, sign: str) -> tuple[float, int]:
    try:
        widths = [len(cells) for cells in csv.reader(StringIO(text, newline=""), delimiter=sign) if cells]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] == 1:
        return 0, 0
    usual = mode(widths)
    return widths.count(usual) / len(widths), usual
