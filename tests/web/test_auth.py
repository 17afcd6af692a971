"""Getting in, being kept out, and getting in again."""


def test_signing_in_leads_to_where_one_wanted_to_go(as_, nora):
    assert (
        as_(None)
        .post("/sign-in?next=/search?q=1", email=nora.email, password="correct horse battery")
        .location
        == "/search?q=1"
    )


def test_who_is_in_can_work(as_, nora):
    assert as_(nora).get("/keys").status_code == 200
    assert as_(nora).get("/sign-in").location == "/"


def test_wrong(as_, nora):
    answer = as_(None).post("/sign-in", email=nora.email, password="wrong")
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
