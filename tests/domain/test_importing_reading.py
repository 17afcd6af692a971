"""Files as people save them: whatever the encoding, the delimiter and the quotes, the same rows come out."""

import codecs
import csv
import io

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.domain.errors import Refused
from app.domain.importing.reading import Sheet
from app.domain.spreadsheets import FORMULAS, harmless, meant
from app.domain.text import clean

HEADER = ["name", "city", "worth"]
CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=12
)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)
GERMAN = "name,city,worth\nBrauerei Größl,Köln,1\nCafé Müller,Nürnberg,2\n"


def write(path, rows, delimiter=",", encoding="utf-8", mark=b""):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(mark + text.getvalue().encode(encoding))
    return path


def is_told(row):
    """An empty row is none, an apostrophe before a formula is ours, and letters have one form."""
    return any(cell.strip() for cell in row) and [clean(meant(cell)) for cell in row] == row


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    written=st.sampled_from(
        [
            ("utf-8", b""),
            ("utf-8-sig", b""),
            ("utf-16", b""),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32", b""),
        ]
    ),
)
@example(rows=[["a\nb", '"', "1,5"]], delimiter=",", written=("utf-8", b""))
def test_what_was_written_is_read(app, tmp_path, rows, delimiter, written):
    assume(all(is_told(row) for row in rows))
    path = write(tmp_path / "file", [HEADER, *rows], delimiter, *written)

    with app.app_context():
        sheet = Sheet.open(path, delimiter=delimiter)
        assert sheet.header == HEADER
        assert [cells for _number, cells in sheet.rows()] == rows


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["Hofmann, Weber; Co", "Köln", "1,5"], ["Groß\tund Klein", "A|B", "2"]]
    sheet = Sheet.open(write(tmp_path / "file", [HEADER, *rows], delimiter))

    assert (sheet.delimiter, [cells for _n, cells in sheet.rows()]) == (delimiter, rows)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_letters_beyond_ascii_come_through(tmp_path, encoding):
    path = tmp_path / "file"
    path.write_bytes(GERMAN.encode(encoding))
    sheet = Sheet.open(path)

    assert [cells[:2] for _n, cells in sheet.rows()] == [
        ["Brauerei Größl", "Köln"],
        ["Café Müller", "Nürnberg"],
    ]


def test_the_first_foreign_letter_may_come_late(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(("name,city\n" + "Weber,Bonn\n" * 200_000 + "Größl,Köln\n").encode("cp1252"))

    *_rest, last = Sheet.open(path).rows()
    assert last == (200_001, ["Größl", "Köln"])


def test_a_wrong_encoding_is_said_and_a_right_one_can_be_named(app, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(GERMAN.encode("cp1252"))

    with app.app_context():
        with pytest.raises(Refused, match="The file is not utf-8 throughout"):
            Sheet.open(path, encoding="utf-8")
        with pytest.raises(Refused, match="There is no encoding called klingon"):
            Sheet.open(path, encoding="klingon")
        assert Sheet.open(path, encoding="cp1252").header == HEADER


def test_empty_rows_and_columns_at_the_end_do_not_count(tmp_path):
    path = tmp_path / "file"
    path.write_text("name,city,,\n\nHofmann,Köln,,\n , ,\nWeber,Bonn\n", encoding="utf-8")
    sheet = Sheet.open(path)

    assert sheet.header == ["name", "city"]
    assert list(sheet.rows()) == [(1, ["Hofmann", "Köln", "", ""]), (2, ["Weber", "Bonn"])]
    assert list(sheet.rows(after=1)) == [(2, ["Weber", "Bonn"])]


def test_a_thousand_columns(tmp_path):
    header = [f"column {n}" for n in range(1000)]
    sheet = Sheet.open(write(tmp_path / "file", [header, header], ";"))

    assert (sheet.delimiter, len(sheet.header)) == (";", 1000)


@given(st.text(st.sampled_from("=+-@\t\r 1a'"), max_size=6))
def test_what_was_made_harmless_is_meant_again(text):
    shown = harmless(text)

    assert shown.lstrip(" ")[:1] not in FORMULAS or not shown.strip(" ")
    if not text.startswith("'"):
        assert meant(shown) == text
