"""Files: their bytes once, their names made safe, wherever they are kept."""

import io
import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import file_store, housekeeping
from app.domain.actor import SYSTEM
from app.domain.errors import Refused
from app.domain.file import LARGEST, PIECE, Attachment, File, FilePiece, media_type_of, safe_name
from app.domain.file_store import InBucket, InDatabase, InFolder, store_at
from app.domain.history import act, lock, undo
from app.extensions import db
from tests.plans import plan_of

PNG = b"\x89PNG\r\n\x1a\n" + b"rest of a picture"


def stored(content=b"Hello"):
    return File.store(io.BytesIO(content))


def attached(case, user, name="offer.pdf", content=b"%PDF-1.7 offer"):
    file = stored(content)
    lock(case)
    event = Attachment.add(case, [(name, file)], by=user)
    db.session.commit()
    return event


def how_many(cls):
    return db.session.scalar(sa.select(sa.func.count()).select_from(cls))


@pytest.fixture
def kept_in():
    """Keep files elsewhere for the length of a test."""
    yield lambda store: file_store._bound.__setitem__(0, store)
    file_store.bind(None)


def test_what_is_stored_comes_back_in_pieces(database):
    content = os.urandom(PIECE * 2 + 17)

    file = stored(content)

    assert b"".join(file.pieces()) == content
    assert [len(piece) for piece in file.pieces()] == [PIECE, PIECE, 17]
    assert (file.size, file.is_whole, file.media_type) == (len(content), True, "application/octet-stream")


def test_the_same_bytes_are_kept_once(database):
    assert stored(b"same").id == stored(b"same").id
    assert how_many(File) == 1
    assert how_many(FilePiece) == 1


def test_an_upload_that_broke_off_is_completed_by_the_next(database, monkeypatch):
    content = os.urandom(PIECE * 2)
    keep = InDatabase.keep

    def breaks_off(store, file_id, digest, pieces):
        keep(store, file_id, digest, [next(pieces)])
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(InDatabase, "keep", breaks_off)
        with pytest.raises(ConnectionError):
            stored(content)
    assert how_many(FilePiece) == 1
    assert not db.session.scalars(sa.select(File)).one().is_whole

    file = stored(content)

    assert file.is_whole
    assert b"".join(file.pieces()) == content


def test_too_large_or_empty_is_refused_and_leaves_nothing(database):
    for content in (b"", bytes(LARGEST + 1)):
        with pytest.raises(Refused):
            stored(content)

    assert how_many(File) == how_many(FilePiece) == 0


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>", "application/octet-stream"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"GIF88a<script>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_bytes_say_what_they_are(beginning, kind):
    assert media_type_of(beginning) == kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Angebot für Größe 3.pdf", "Angebot für Größe 3.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ines\\offer.pdf", "offer.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("in\u200bvoice\ufeff.pdf", "invoice.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        (None, "file"),
        ("x\0.html", "x.html"),
        ("shell.pHaR", "shell.pHaR"),
        ("a" * 400 + ".pdf", "a" * 150 + ".pdf"),
    ],
)
def test_names_are_safe_to_show_and_to_save_under(name, safe):
    assert safe_name(name) == safe


def test_attaching_and_taking_off_are_lines_of_history(case, nora):
    event = attached(case, nora)
    [attachment] = Attachment.on(case)
    assert (event.action, event.details) == ("attached", {"what": "offer.pdf"})
    assert case.history[-1] is event

    lock(case, attachment)
    attachment.remove(by=nora)
    db.session.commit()

    assert Attachment.on(case) == []
    assert (case.history[-1].action, case.history[-1].who) == ("detached", nora.name)


def test_taking_off_is_undone(case, nora):
    attached(case, nora)
    [attachment] = Attachment.on(case)
    lock(case, attachment)
    gone = attachment.remove(by=nora).change_set
    db.session.commit()

    undo(gone, by=nora)
    db.session.commit()

    assert Attachment.on(case) == [attachment]


def test_attaching_is_undone(case, nora):
    event = attached(case, nora)

    undo(event.change_set, by=nora)
    db.session.commit()

    assert Attachment.on(case) == []


@pytest.mark.parametrize("kind", ["case", "partner"])
def test_files_are_found_without_reading_all_lines_of_history(case, kind):
    plan = plan_of(Attachment.listing(kind).params(about=case.id))
    assert "events" not in plan
    if db.engine.dialect.name == "sqlite":  # PostgreSQL takes any index for a table as small as this
        assert f"ix_attachments_{kind}_id" in plan


def test_a_file_on_a_case_is_not_one_of_its_partner(case, brewery, nora):
    attached(case, nora, "offer.pdf")
    attached(brewery, nora, "contract.pdf")
    assert [each.name for each in Attachment.on(case)] == ["offer.pdf"]
    assert [each.name for each in Attachment.on(brewery)] == ["contract.pdf"]


def test_files_are_for_those_who_may_know_of_the_case(case, nora, otto, marc, ada, olga, ines):
    attached(case, nora)
    [attachment] = Attachment.on(case)

    def seen_by(user):
        return list(db.session.scalars(Attachment.visible_to(user)))

    assert [seen_by(user) for user in (nora, marc, ada)] == [[attachment]] * 3
    assert [seen_by(user) for user in (otto, olga, ines)] == [[]] * 3


def test_files_of_a_partner_are_for_those_who_may_know_of_the_partner(brewery, nora, otto, olga):
    attached(brewery, nora)
    [attachment] = Attachment.on(brewery)

    assert list(db.session.scalars(Attachment.visible_to(otto))) == [attachment]
    assert list(db.session.scalars(Attachment.visible_to(olga))) == []


def test_what_nobody_uses_is_cleared_away_after_a_day(case, nora):
    stored(b"Nobody's")
    attached(case, nora)

    housekeeping.tidy()
    assert how_many(File) == 2
    with clock.stopped_at(clock.now() + timedelta(days=2)):
        housekeeping.tidy()

    assert list(db.session.scalars(sa.select(File))) == [Attachment.on(case)[0].file]
    assert how_many(FilePiece) == 1


def test_a_file_is_on_one_thing(case, brewery, nora):
    attached(case, nora)
    (attachment,) = Attachment.on(case)
    lock(case, attachment)
    with pytest.raises(sa.exc.IntegrityError), act("moved", attachment, by=SYSTEM):
        attachment.partner_id = brewery.id


def test_files_in_a_shared_folder(database, kept_in, tmp_path):
    kept_in(InFolder(str(tmp_path)))
    content = os.urandom(PIECE + 5)

    file = stored(content)

    assert b"".join(file.pieces()) == content
    assert how_many(FilePiece) == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [file.digest]
    file_store.drop(file.id, file.digest)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_files_stored_before_are_found_where_they_were_put(database, kept_in, tmp_path):
    file = stored(b"stored before")

    kept_in(InFolder(str(tmp_path)))

    assert b"".join(file.pieces()) == b"stored before"


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as files need."""

    objects: dict[str, bytes] = {}

    def do_PUT(self):
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"")

    def do_GET(self):
        found = self.objects.get(self.path)
        self.answer(200 if found is not None else 404, found or b"")

    do_HEAD = do_GET

    def do_DELETE(self):
        self.objects.pop(self.path, None)
        self.answer(204, b"")

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        """Be quiet."""


@pytest.fixture
def bucket(monkeypatch):
    """A store like S3, on loopback."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "for tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(Bucket, "objects", {})
    server = HTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"s3://attic/files?endpoint=http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_files_in_a_bucket(database, kept_in, bucket):
    kept_in(store_at(bucket))
    content = os.urandom(PIECE + 5)

    file = stored(content)

    assert b"".join(file.pieces()) == content
    assert Bucket.objects == {f"/attic/files/{file.digest}": content}
    assert not file_store.current().holds(0, "0" * 64)
    file_store.drop(file.id, file.digest)
    assert Bucket.objects == {}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, InDatabase),
        ("file:///srv/files", InFolder),
        ("s3://attic?endpoint=http://127.0.0.1:1", InBucket),
    ],
)
def test_where_files_are_kept(url, kind, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert isinstance(store_at(url), kind)


@pytest.mark.parametrize("url", ["/srv/files", "file:", "file:///", "file://host/srv", "s3:", "http://attic"])
def test_where_files_cannot_be_kept(url):
    with pytest.raises(SystemExit, match="FILES_URL"):
        store_at(url)
