"""The editor of rules: made, changed by two at once, by whom, and whatever is typed into it."""

import re

import pytest
import sqlalchemy as sa

from app.domain.rules import ACTIONS, CONDITIONS, TRIGGERS, Rule
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, person
from tests.rules import rule_of
from tests.web.reading import words
from tests.web.rule_pages import STORY, newest

SENTENCE = (
    "When a claim is without a contact for more than 2 days and it is open, "
    "set its priority to high, tell the leader."
)


# Making one


def test_a_rule_is_made_off_and_says_what_it_does(as_, ada, support):
    answer = as_(ada).post("/rules/new", **STORY)
    rule = newest()
    assert (answer.status_code, answer.location) == (303, f"/rules/{rule.id}")
    assert (rule.name, rule.is_on, rule.owner_id) == ("Claims without contact", False, ada.id)
    page = as_(ada).get(answer.location)
    assert SENTENCE in words(page)
    assert "Saved. It is off until you switch it on." in page.text or "is on" in page.text
    assert SENTENCE in words(as_(ada).get("/rules/"))


def test_every_entry_of_the_registry_can_be_shown_and_sent_back_empty(as_, ada):
    """The editor has no template of its own for any of them."""
    for place, registry in (("triggers", TRIGGERS), ("conditions", CONDITIONS), ("actions", ACTIONS)):
        for key, entry in registry.items():
            page = as_(ada).post("/rules/new/draft", name="Half", **{f"{place}-0-key": key})
            assert page.status_code == 200
            for parameter in entry.parameters:
                assert f"f-{place}-0-{parameter.name}" in page.text, (key, parameter.name)
            assert as_(ada).post("/rules/new", name="Half", **{f"{place}-0-key": key}).status_code == 422
    assert newest() is None


def test_what_is_wrong_stands_beside_its_field_and_all_that_was_typed_stays(as_, ada):
    typed = STORY | {
        "name": "",
        "triggers-0-number": "many",
        "actions-1-key": "mail",
        "actions-1-to": "addresses",
        "actions-1-addresses": "nobody",
        "actions-1-subject": "About {{ case.nonsense }}",
        "actions-1-text": "Kept as it is",
    }
    for htmx in (False, True):
        answer = as_(ada).post("/rules/new", htmx=htmx, **typed)
        assert answer.status_code == 422
        for id_, sentence in (
            ("f-name", "Give it a name"),
            ("f-triggers-0-number", "cannot be “many”"),
            ("f-actions-1-addresses", "“nobody” is no mail address."),
            ("f-actions-1-subject", "case.nonsense"),
        ):
            told = re.search(rf'id="{id_}-e".*?</p>', answer.text, re.DOTALL)
            assert told, id_
            assert sentence in told[0]
        for kept in ('value="many"', 'value="nobody"', "Kept as it is", "About {{ case.nonsense }}"):
            assert kept in answer.text
        assert ("<html" in answer.text) is not htmx
    assert newest() is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8765/hooks/x",
        "http://localhost/",
        "http://[::1]/",
        "https://10.1.2.3/a",
        "http://2130706433/",
    ],
)
def test_an_address_that_can_never_be_called_is_refused_beside_its_field(as_, ada, url):
    typed = STORY | {"actions-1-key": "webhook", "actions-1-url": url}
    answer = as_(ada).post("/rules/new", **typed)
    assert answer.status_code == 422
    told = re.search(r'id="f-actions-1-url-e".*?</p>', answer.text, re.DOTALL)[0]
    assert "is in a network of our own, where rules call nobody." in told
    assert (
        as_(ada).post("/rules/new", **typed | {"actions-1-url": "https://hooks.example/x"}).status_code == 303
    )


@pytest.mark.parametrize("missing", ["triggers", "actions"])
def test_a_rule_says_when_and_what(as_, ada, missing):
    typed = {name: value for name, value in STORY.items() if not name.startswith(missing)}
    answer = as_(ada).post("/rules/new", **typed)
    assert answer.status_code == 422
    assert f'id="{missing}-e"' in answer.text


def test_sent_twice_it_is_one_rule(as_, ada):
    visitor = as_(ada)
    key = re.search(r'name="once" value="([^"]+)"', visitor.get("/rules/new").text)[1]
    first, second = (visitor.post("/rules/new", once=key, **STORY) for _time in range(2))
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rule)) == 1


# Rows


def test_rows_come_go_and_change_places_with_everything_typed(as_, ada):
    visitor = as_(ada)

    def rows(page, place):
        return re.findall(
            rf'<div class="cond" id="({place}[^"]*)" role="group" aria-label="([^"]*)"', page.text
        )

    page = visitor.post("/rules/new/draft", do="down:actions-0", **STORY)
    assert [label for _id, label in rows(page, "actions")] == ["Tell somebody of ours", "Set the priority"]
    page = visitor.post("/rules/new/draft", do="remove:conditions-0", **STORY)
    assert rows(page, "conditions") == [("conditions-0", "State")]
    page = visitor.post("/rules/new/draft", do="add:triggers", **STORY)
    assert rows(page, "triggers") == [
        ("triggers-0", "Time since the last contact"),
        ("triggers-1", "nothing chosen yet"),
    ]
    page = visitor.post("/rules/new/draft", do="group:conditions", **STORY)
    assert 'name="conditions-2-word"' in page.text
    assert ("conditions-2-0", "nothing chosen yet") in rows(page, "conditions")
    assert 'value="Claims without contact"' in page.text


def test_groups_are_kept_in_one_another(as_, ada, support):
    inner = {
        "conditions-2-word": "none",
        "conditions-2-0-key": "team",
        "conditions-2-0-ids": str(support.id),
        "conditions-2-1-word": "any",
        "conditions-2-1-0-key": "priority",
        "conditions-2-1-0-least": "2",
    }
    assert as_(ada).post("/rules/new", **STORY | inner).status_code == 303
    assert newest().conditions["all"][2] == {
        "none": [{"key": "team", "ids": [support.id]}, {"any": [{"key": "priority", "least": 2}]}]
    }
    page = as_(ada).get(f"/rules/{newest().id}")
    assert 'id="f-conditions-2-1-0-least"' in page.text


def test_an_empty_group_is_asked_about(as_, ada):
    answer = as_(ada).post("/rules/new", **STORY | {"conditions-2-word": "any"})
    assert answer.status_code == 422
    assert "This group is empty." in answer.text


def test_a_partner_is_chosen_by_name(as_, ada, brewery):
    typed = STORY | {"conditions-0-key": "partner", "conditions-0-ids-typed": "hofmann brewery"}
    page = as_(ada).post("/rules/new/draft", **typed)
    assert f'name="conditions-0-ids" value="{brewery.id}" checked' in page.text
    assert as_(ada).post("/rules/new", **typed).status_code == 303
    assert newest().conditions["all"][0] == {"key": "partner", "ids": [brewery.id]}
    answer = as_(ada).post("/rules/new", **typed | {"conditions-0-ids-typed": "Nobody Ltd"})
    assert answer.status_code == 422
    assert "Nobody you know is called “Nobody Ltd”." in answer.text


def test_the_sentence_and_the_number_follow_what_is_typed(as_, ada, claim):
    visitor = as_(ada)
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY)
    assert SENTENCE in words(live)
    assert "1 case matches now" in live.text
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY | {"triggers-0-number": "4"})
    assert "No case matches now" in live.text
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY | {"triggers-0-number": ""})
    assert "counted when every row is filled" in live.text
    assert newest() is None


def test_the_sentence_says_days_as_one_does_and_leaves_a_gap_for_what_is_not_right_yet(as_, ada, claim):
    days = {
        "actions-0-key": "deadline",
        "actions-0-day": "+3",
        "actions-1-key": "note",
        "actions-1-text": "Hm",
    }
    typed = {name: value for name, value in STORY.items() if not name.startswith("actions")} | days

    def said(**more):
        return words(as_(ada).post("/rules/new/draft?live", htmx=True, **typed | more))

    assert "let its deadline be in 3 days, write a note." in said()
    assert "let its deadline be December 31, 2026, write" in said(**{"actions-0-day": "2026-12-31"})
    assert "take off its deadline, write" in said(**{"actions-0-day": "none"})
    broken = said(**{"actions-0-day": "soon"})
    assert "it is open, …, write a note." in broken
    assert "1 case matches now What it does is not whole yet" in broken
    broken = said(**{"conditions-1-key": "name"})
    assert "for more than 2 days and …, let its deadline" in broken
    assert "matches now" not in broken


def test_each_row_that_needs_another_look_is_named_once_with_its_fields(as_, ada):
    empty = dict.fromkeys(("triggers-0-number", "triggers-0-unit"), "")
    answer = as_(ada).post("/rules/new", **STORY | empty | {"actions-1-key": ""})
    box = re.search(r"data-errors>.*?</div></div>", answer.text, re.DOTALL)[0]
    assert "2 places need another look." in box
    assert re.findall(r'<a href="#([^"]+)"[^>]*>([^<]+)</a>', box) == [
        ("f-triggers-0-number", "Time since the last contact (How many, Unit)"),
        ("f-actions-1-key", "What: nothing chosen yet"),
    ]


def test_what_was_wrong_is_looked_at_anew_while_it_is_mended(as_, ada):
    broken = STORY | {"triggers-0-number": "soon", "name": ""}
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **broken)
    assert "2 places need another look." in page.text
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **broken | {"triggers-0-number": "2"})
    assert "One place needs another look." in page.text
    assert "cannot be “soon”" not in page.text
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **STORY)
    assert "another look" not in page.text
    assert newest() is None


def test_what_no_index_serves_says_what_it_costs(as_, ada, claim, monkeypatch):
    from app.blueprints.rules import page
    from app.domain.rules.matching import Cost

    monkeypatch.setattr(page, "cost", lambda _rule: Cost(False, 1_500_000))
    live = as_(ada).post("/rules/new/draft?live", htmx=True, **STORY)
    assert "each minute about 1,500,000 are looked at, in about 3.0 s." in live.text


# Changing one


def test_saved_again_it_is_changed(as_, ada):
    rule = rule_of(ada, name="Old", on=False)
    answer = as_(ada).post(f"/rules/{rule.id}", version=rule.version, **STORY | {"stops": "1"})
    assert answer.status_code == 303
    rule = newest()
    assert (rule.name, rule.stops, rule.triggers[0]["key"]) == (
        "Claims without contact",
        True,
        "since_contact",
    )


def test_before_or_after_is_asked_only_where_both_can_be(as_, ada):
    for key, is_asked in (("since_contact", False), ("deadline", True)):
        page = as_(ada).post("/rules/new/draft", **STORY | {"triggers-0-key": key})
        assert ("Before or after" in page.text) is is_asked
    as_(ada).post("/rules/new", **STORY)
    assert newest().triggers[0]["direction"] == "after"


def test_two_who_edit_different_things_both_get_theirs(as_, ada):
    rule = rule_of(ada, name="Old", on=False)
    version = rule.version
    typed = {"triggers-0-key": "created", "actions-0-key": "note", "actions-0-text": "The rule was here."}
    as_(ada).post(f"/rules/{rule.id}", version=version, name="New", **typed)
    answer = as_(ada).post(
        f"/rules/{rule.id}", version=version, name="Old", **typed | {"actions-0-text": "Other"}
    )
    assert answer.status_code == 303
    assert (newest().name, newest().actions[0]["text"]) == ("New", "Other")


@pytest.mark.parametrize(("keep", "wanted"), [("theirs", "First"), ("mine", "Second")])
def test_two_who_edit_the_same_choose(as_, ada, keep, wanted):
    rule = rule_of(ada, on=False)
    version = rule.version
    typed = {
        "name": "A rule",
        "triggers-0-key": "created",
        "actions-0-key": "field",
        "actions-0-field": "city",
    }
    as_(ada).post(f"/rules/{rule.id}", version=version, **typed | {"actions-0-value": "First"})
    mine = typed | {"actions-0-value": "Second"}
    answer = as_(ada).post(f"/rules/{rule.id}", version=version, **mine)
    assert answer.status_code == 409
    assert "set its City to “First”" in answer.text
    assert "set its City to “Second”" in answer.text
    assert newest().actions[0]["value"] == "First"
    found = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    since = re.search(r'name="since-actions" value="(\d+)"', answer.text)[1]
    chosen = {"since-actions": since, "keep-actions": keep}
    answer = as_(ada).post(f"/rules/{rule.id}", version=found, **mine | chosen)
    assert answer.status_code == 303, answer.text
    assert newest().actions[0]["value"] == wanted


# Whose they are


def test_a_manager_makes_rules_for_the_teams_that_they_lead(as_, marc, support):
    page = as_(marc).get("/rules/new")
    assert "all teams" not in page.text
    assert as_(marc).post("/rules/new", **STORY).status_code == 422
    assert as_(marc).post("/rules/new", **STORY | {"team_id": str(support.id)}).status_code == 303
    assert newest().team_id == support.id


def test_a_manager_neither_sees_nor_takes_rules_of_others(as_, ada, marc, support):
    far = person("Fritz Far", "manager")
    elsewhere = Team(name="Elsewhere", leader=far)
    add(elsewhere)
    rule = rule_of(ada, name="Far away", team_id=elsewhere.id)
    mine = rule_of(marc, name="Near", team_id=support.id)
    page = as_(marc).get("/rules/")
    assert "Near" in page.text
    assert "Far away" not in page.text
    assert as_(marc).get(f"/rules/{rule.id}").status_code == 404
    answer = as_(marc).post(
        f"/rules/{mine.id}", version=mine.version, **STORY | {"team_id": str(elsewhere.id)}
    )
    assert answer.status_code == 422
    assert newest().team_id == support.id


def test_salespeople_and_operators_have_no_rules(as_, nora, olga):
    for user in (nora, olga):
        assert as_(user).get("/rules/").status_code == 403
        assert 'href="/rules/"' not in as_(user).get("/cases/").text


NASTY = ["\x00", "\N{PILE OF POO}\u202e", "9" * 5000, "-1", "<script>alert(1)</script>", "'"]


# Hostile input


@pytest.mark.parametrize("text", NASTY)
def test_nothing_typed_breaks_the_editor(as_, ada, text):
    visitor = as_(ada)
    for place, registry in (("triggers", TRIGGERS), ("conditions", CONDITIONS), ("actions", ACTIONS)):
        typed = {"name": text, "team_id": text}
        for number, (key, entry) in enumerate(registry.items()):
            typed[f"{place}-{number}-key"] = key
            typed |= {f"{place}-{number}-{each.name}": text for each in entry.parameters}
        page = visitor.post("/rules/new/draft", **typed)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert visitor.post("/rules/new", **typed).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        {"do": "add:nowhere"},
        {"do": "remove:triggers-77"},
        {"do": "group:actions"},
        {"do": ":::"},
        {"triggers-0-key": "x" * 10_000},
        {"triggers-9999-key": "created"},
        {"-".join(["conditions", *["0"] * 200, "word"]): "any"},
        {"-".join(["conditions", *["0"] * n]) + "-word": "any" for n in range(1, 40)},
        {f"conditions-{n}-key": "kind" for n in range(300)},
        {"conditions-word": "maybe"},
        {"version": "many"},
    ],
)
def test_nothing_sent_breaks_it_either(as_, ada, typed):
    assert as_(ada).post("/rules/new/draft", **typed).status_code == 200
    assert as_(ada).post("/rules/new", **STORY | typed).status_code in {303, 422}


def test_a_rule_does_not_run_itself(as_, ada):
    rule = rule_of(ada, on=False)
    typed = STORY | {"actions-0-key": "rules", "actions-0-rules": str(rule.id)}
    answer = as_(ada).post(f"/rules/{rule.id}", version=rule.version, **typed)
    assert answer.status_code == 422
    assert "A rule does not run itself." in answer.text


def test_only_rules_that_one_sets_up_are_offered_and_taken_to_be_run(as_, ada, marc, support):
    general = rule_of(ada, name="General")
    near = rule_of(marc, name="Near", team_id=support.id)
    run = STORY | {"team_id": str(support.id), "actions-0-key": "rules"}
    for reader, offered in ((ada, ["General", "Near"]), (marc, ["Near"])):
        page = as_(reader).post("/rules/new/draft", **run).text
        assert [name for name in ("General", "Near") if f"<span>{name}</span>" in page] == offered

    typed = run | {"actions-0-rules": [str(general.id), str(near.id)]}
    answer = as_(marc).post("/rules/new", htmx=True, **typed)
    assert answer.status_code == 422
    told = re.search(r'id="f-actions-0-rules-e".*?</p>', answer.text, re.DOTALL)
    assert "the rules that you may set up" in told[0]
    assert "General" not in answer.text
    assert f'value="{near.id}" checked' in answer.text
    assert newest() is near

    assert as_(marc).post("/rules/new", **run | {"actions-0-rules": str(near.id)}).status_code == 303
    assert newest().actions[0]["rules"] == [near.id]


def test_what_an_administrator_lets_a_rule_run_stays_when_a_manager_edits_it(as_, ada, marc, support):
    general = rule_of(ada, name="General")
    rule = rule_of(ada, team_id=support.id, actions=[{"key": "rules", "rules": [general.id]}])
    assert "General" in as_(marc).get(f"/rules/{rule.id}").text

    typed = STORY | {"team_id": str(support.id), "actions-0-key": "rules"}
    kept = typed | {"actions-0-rules": str(general.id)}
    assert as_(marc).post(f"/rules/{rule.id}", version=rule.version, **kept).status_code == 303
    assert newest().name == "Claims without contact"
    assert newest().actions[0]["rules"] == [general.id]
