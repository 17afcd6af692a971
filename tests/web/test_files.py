"""Files by their pages: put on, fetched, taken off, each by those who may."""

import io
import re

import pytest
import sqlalchemy as sa

from app.domain.file import LARGEST, Attachment
from app.domain.history import ChangeSet
from app.extensions import db
from tests.web.reading import words

PNG = b"\x89PNG\r\n\x1a\n" + b"rest of a picture"


def upload(visitor, about, *files, **options):
    path = f"/{about.record_kind}s/{about.id}/attachments"
    sent = [(io.BytesIO(content), name) for name, content in files]
    return visitor.open(
        path, method="POST", data={"file": sent}, content_type="multipart/form-data", **options
    )


def address(attachment):
    return f"/files/{attachment.id}/{attachment.name}"


@pytest.fixture
def offer(as_, case, nora):
    upload(as_(nora), case, ("offer.pdf", b"%PDF-1.7 offer"))
    [attachment] = Attachment.on(case)
    return attachment


def test_a_file_is_attached_by_a_plain_form(as_, case, nora):
    answer = upload(as_(nora), case, ("offer.pdf", b"%PDF-1.7 offer"), ("plan.png", PNG))

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert sorted(each.name for each in Attachment.on(case)) == ["offer.pdf", "plan.png"]
    assert case.history[-1].action == "attached"


def test_a_file_is_attached_in_place(as_, case, nora):
    answer = upload(as_(nora), case, ("offer.pdf", b"%PDF-1.7 offer"), htmx=True)

    assert answer.status_code == 200
    assert f'id="case-{case.id}-files"' in answer.text
    assert "offer.pdf" in answer.text
    assert "case-changed" in answer.headers["HX-Trigger"]


def test_a_file_is_attached_to_a_partner(as_, brewery, nora):
    answer = upload(as_(nora), brewery, ("card.png", PNG))

    assert answer.location == f"/partners/{brewery.id}"
    assert [each.name for each in Attachment.on(brewery)] == ["card.png"]


def test_what_came_back_is_what_was_sent(as_, case, nora, offer):
    answer = as_(nora).get(address(offer))

    assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 offer")
    assert answer.content_length == len(answer.data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("shell.pHaR", b"<?php system('id');"),
        ("picture.png.html", b"<html>"),
        ("no ending", b"#!/bin/sh"),
        ("picture.png", b"<html><script>alert(1)</script>"),
        ("offer.pdf", b"%PDF-1.7 /JS (app.alert(1))"),
    ],
)
def test_what_could_do_something_is_only_saved(as_, case, nora, name, content):
    upload(as_(nora), case, (name, content))
    [attachment] = Attachment.on(case)

    answer = as_(nora).get(address(attachment))

    assert answer.data == content
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_pictures_are_shown_whatever_they_are_called(as_, case, nora):
    upload(as_(nora), case, ("picture.html", PNG))
    [attachment] = Attachment.on(case)

    answer = as_(nora).get(address(attachment))

    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_names_of_every_alphabet_go_out_and_break_no_header(as_, case, nora):
    upload(as_(nora), case, ('Größe "3"\u202e\r\nX-Evil: 1 見積.pdf', b"%PDF-"))
    [attachment] = Attachment.on(case)

    header = as_(nora).get(f"/files/{attachment.id}/x").headers["Content-Disposition"]

    assert not re.search(r"[\r\n\u202e]", header + attachment.name)
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe" in header


def test_a_browser_that_has_it_asks_again_and_is_told_so(as_, nora, offer, otto):
    tag = as_(nora).get(address(offer)).headers["ETag"]

    assert as_(nora).get(address(offer), headers={"If-None-Match": tag}).status_code == 304
    assert as_(otto).get(address(offer), headers={"If-None-Match": tag}).status_code == 404


def test_anothers_files_do_not_exist(as_, case, otto, olga, ines, offer):
    for user in (otto, olga, ines):
        assert as_(user).get(address(offer)).status_code == 404
        assert as_(user).post(f"/files/{offer.id}/removal").status_code == 404
        assert upload(as_(user), case, ("a", b"a")).status_code == 404
    assert Attachment.on(case) == [offer]


def test_a_stranger_signs_in_first(as_, offer):
    assert as_().get(address(offer)).status_code == 303


def test_whoever_only_watches_what_an_operator_may_note(as_, brewery, olga):
    assert upload(as_(olga), brewery, ("a", b"a")).status_code == 404


@pytest.mark.parametrize("content", [b"", bytes(LARGEST + 1)])
def test_what_cannot_be_kept_is_said_on_the_form(as_, case, nora, content):
    answer = upload(as_(nora), case, ("offer.pdf", content), htmx=True)

    assert answer.status_code == 422
    assert "empty" in answer.text or "25 MB" in answer.text
    assert Attachment.on(case) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_each_file_that_cannot_be_kept_is_named_and_the_others_are(as_, case, nora, htmx):
    files = [("empty.txt", b""), ("offer.pdf", b"%PDF-"), ("huge.bin", bytes(LARGEST + 1))]
    answer = upload(as_(nora), case, *files, htmx=htmx)

    assert answer.status_code == 422
    form = words(answer).partition("Attach files")[2]
    assert "empty.txt: This file is empty." in form
    assert "huge.bin: A file can have up to 25 MB." in form
    assert "1 file attached." in form
    assert [attachment.name for attachment in Attachment.on(case)] == ["offer.pdf"]
    assert f'aria-describedby="case-{case.id}-file-e"' in answer.text


def test_more_than_a_request_may_hold_is_said_as_well(as_, case, nora):
    assert upload(as_(nora), case, ("film.mp4", bytes(LARGEST + 2 * 1024 * 1024))).status_code == 413


def test_no_file_is_said_on_the_form(as_, case, nora):
    answer = upload(as_(nora), case)

    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


def test_a_file_is_taken_off_and_put_back(as_, case, nora, offer):
    visitor = as_(nora)
    answer = visitor.post(f"/files/{offer.id}/removal", htmx=True)
    assert answer.status_code == 200
    assert Attachment.on(case) == []
    assert visitor.get(address(offer)).status_code == 404

    made = db.session.scalars(sa.select(ChangeSet).order_by(ChangeSet.id.desc())).first()
    visitor.post(f"/history/{made.id}/undo")

    assert Attachment.on(case) == [offer]
    assert visitor.get(address(offer)).status_code == 200


def test_the_list_asks_as_often_for_five_files_as_for_one(as_, case, nora, offer, statements):
    visitor = as_(nora)
    few, _page = statements(visitor, f"/cases/{case.id}/attachments")
    upload(visitor, case, *[(f"{number}.pdf", b"%%PDF-%d" % number) for number in range(4)])

    many, page = statements(visitor, f"/cases/{case.id}/attachments")

    assert page.text.count('href="/files/') == 5
    assert many == few
