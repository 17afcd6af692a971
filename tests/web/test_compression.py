"""Pages go out pressed, to those who take them so."""

import gzip

import brotli
import pytest


@pytest.mark.parametrize(
    ("takes", "given", "opened"), [("br, gzip", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress)]
)
def test_a_page_is_pressed_as_the_browser_takes_it(as_, nora, takes, given, opened):
    plain = as_(nora).get("/more")
    pressed = as_(nora).get("/more", headers={"Accept-Encoding": takes})

    assert pressed.headers["Content-Encoding"] == given
    assert "Accept-Encoding" in pressed.headers["Vary"]
    assert len(pressed.data) * 2 < len(plain.data)
    assert b"Partners" in opened(pressed.data)
    assert "Content-Encoding" not in plain.headers
