"""What can be done to a case, from where, and what it becomes: the rows of the verb table, one after another."""

from collections import Counter
from datetime import timedelta
from itertools import cycle

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM, Actor
from app.domain.case import Case
from app.domain.errors import EditConflict, Refused
from app.domain.history import lock
from app.domain.lists import Category, LostReason, Tag
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add

STANDINGS = ("draft", "open", "pending", "done", "won", "lost", "cancelled")

# For each verb what becomes of a case that stands in each of the STANDINGS, in that order:
# "=" changes nothing, "!" is refused, else where it stands then.
TABLE = {
    "open": "open = open ! ! ! !",
    "wait": "pending pending = ! ! ! !",
    "close": "done done done = = = !",
    "win": "won won won ! = ! !",
    "lose": "lost lost lost ! ! = !",
    "cancel": "cancelled cancelled cancelled ! ! ! =",
    "reopen": "= = = open open open open",
    "reset": "= draft draft draft draft draft draft",
}
ROWS = [
    (verb, standing, becomes)
    for verb, row in TABLE.items()
    for standing, becomes in zip(STANDINGS, row.split(), strict=True)
]


class Import:
    """Something that is no person."""

    def as_actor(self):
        return Actor("import", 1, "Import of Monday")


def standing_of(case):
    return case.outcome if case.outcome != "none" else case.state


def do(verb, case, by, reason=None):
    lock(case)
    getattr(case, verb)(by=by, **({"reason": reason} if verb == "lose" else {}))
    db.session.commit()


@pytest.fixture
def stand(case, nora, too_expensive):
    """The case of the tests, brought to where a test begins."""

    def bring(to):
        verbs = {
            "draft": "reset",
            "pending": "wait",
            "done": "close",
            "won": "win",
            "lost": "lose",
            "cancelled": "cancel",
        }
        if to in verbs:
            do(verbs[to], case, nora, too_expensive)
        assert standing_of(case) == to
        return case

    return bring


@pytest.mark.parametrize(("verb", "standing", "becomes"), ROWS)
def test_the_verb_table(stand, nora, too_expensive, verb, standing, becomes):
    case = stand(standing)
    version, lines = case.version, len(case.events())
    if becomes == "!":
        with pytest.raises(Refused, match=r"^[A-Z].+[.]$"):
            do(verb, case, nora, too_expensive)
        db.session.rollback()
        assert (standing_of(case), case.version) == (standing, version)
        return

    do(verb, case, nora, too_expensive)

    if becomes == "=":
        assert (standing_of(case), case.version, len(case.events())) == (standing, version, lines)
    else:
        assert (standing_of(case), case.version, len(case.events())) == (becomes, version + 1, lines + 1)
    assert (case.closed_at is not None) == case.is_closed
    assert verb not in case.possible or becomes != "=" or verb == "reopen"


@pytest.mark.parametrize(("verb", "standing", "becomes"), [row for row in ROWS if row[2] not in "=!"])
def test_whatever_would_change_something_is_offered_and_then_no_more(
    stand, nora, too_expensive, verb, standing, becomes
):
    case = stand(standing)
    if verb != "close":  # a case in a pipeline is won or lost instead
        assert verb in case.possible
    do(verb, case, nora, too_expensive)
    assert verb not in case.possible


@pytest.mark.parametrize(("verb", "standing", "becomes"), [row for row in ROWS if row[2] in "=!"])
def test_what_would_change_nothing_is_not_offered(stand, verb, standing, becomes):
    assert verb not in stand(standing).possible


def test_opening_makes_it_the_actors_if_it_is_nobodys(front_desk, nora, otto):
    case = Case.make("issue", "Loud pump", by=Import(), team=front_desk)
    lock(case)
    case.assign(None, by=SYSTEM)
    case.open(by=otto)

    assert case.responsible is otto
    assert case.assigned_at is not None
    first = case.opened_at
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        case.reset(by=otto)
        case.open(by=nora)
    assert (case.responsible, case.opened_at) == (otto, first), "opened is the first time"


def test_made_by_who_may_edit_it_is_open_and_theirs(front_desk, nora, stages):
    case = Case.make("opportunity", "Pumps", by=nora, team=front_desk)
    assert (case.state, case.responsible, case.stage, case.watchers) == ("open", nora, stages["New"], [])
    assert case.opened_at is not None


def test_made_by_who_may_not_it_is_a_draft_for_the_team_and_they_watch(front_desk, olga, nora):
    case = Case.make("lead", "Wants pumps", by=olga, team=front_desk)
    assert (case.state, case.responsible, case.watchers, case.opened_at) == ("draft", nora, [olga], None)


def test_made_by_an_import_it_is_a_draft(front_desk, nora):
    case = Case.make("opportunity", "Pumps", by=Import(), team=front_desk)
    assert (case.state, case.responsible, case.watchers) == ("draft", nora, [])


def test_winning_is_certain_and_moves_into_the_teams_won_stage(case, nora, stages):
    do("win", case, nora)
    assert (case.stage, case.probability, case.weighted) == (stages["Won"], 100, case.expected_revenue)


def test_losing_asks_people_why_but_not_imports(case, nora):
    lock(case)
    with pytest.raises(Refused, match="Say why it was lost"):
        case.lose(by=nora)
    db.session.rollback()
    lock(case)
    case.lose(by=Import())
    assert (case.outcome, case.lost_reason_id, case.probability, case.weighted) == ("lost", None, 0, 0)


def test_losing_keeps_the_stage(case, nora, too_expensive, stages):
    lock(case)
    case.lose(by=nora, reason=too_expensive, words="By a third.")
    assert (case.stage, case.lost_words, case.history[-1].details["reason"]) == (
        stages["Proposal"],
        "By a third.",
        "Too expensive",
    )


@pytest.mark.parametrize("verb", ["reopen", "reset"])
def test_taking_it_up_again_gives_back_stage_and_probability(stand, nora, stages, verb):
    case = stand("open")
    lock(case)
    case.edit({"probability_typed": 45}, by=nora)
    case.win(by=nora)
    assert case.probability == 100
    getattr(case, verb)(by=nora)

    assert (case.stage, case.probability, case.outcome, case.closed_at) == (
        stages["Proposal"],
        45,
        "none",
        None,
    )
    assert case.opened_at is not None


def test_restoring_a_lost_one_forgets_the_reason(stand, nora):
    case = stand("lost")
    do("reopen", case, nora)
    assert (case.state, case.lost_reason_id, case.lost_words, case.probability) == ("open", None, None, 60)


def test_a_team_without_a_won_stage_leaves_the_case_where_it_stands(nora, front_desk, database):
    tender = Stage(name="Tender", kind="issue", probability=20, sequence=1)
    decided = Stage(name="Decided", kind="issue", probability=50, sequence=2)
    add(tender, decided)
    case = Case.make("issue", "Tender", by=nora, team=front_desk)
    case.move_to(decided, by=nora)
    case.win(by=nora)
    assert case.stage is decided
    case.reopen(by=nora)
    assert case.stage is decided


# Handing over


def test_escalating_hands_the_case_to_the_team_above(case, nora, front_desk, headquarters, marc):
    do("escalate", case, nora)

    assert (case.team, case.responsible, case.watchers) == (headquarters, marc, [nora])
    assert case.history[-1].details == {"origin": "Front desk", "target": "Headquarters"}
    lock(case)
    with pytest.raises(Refused, match="Headquarters has no team above it"):
        case.escalate(by=nora)


@pytest.mark.parametrize("standing", ["done", "won", "lost", "cancelled"])
def test_what_is_closed_is_not_escalated(stand, nora, standing):
    case = stand(standing)
    assert "escalate" not in case.possible
    with pytest.raises(Refused, match="reopened before it is escalated"):
        do("escalate", case, nora)


def test_who_hands_over_watches(case, nora, otto, support):
    lock(case)
    case.assign(otto, by=nora)
    assert (case.responsible, case.watchers) == (otto, [nora])
    lines = len(case.events())
    case.assign(otto, by=nora)
    assert len(case.events()) == lines
    case.hand_to_team(support, by=nora)
    assert (case.team, case.responsible, case.watchers) == (support, None, [nora])


def test_a_case_in_a_team_without_stages_is_as_likely_as_its_category_says(nora, front_desk, support):
    triage = Stage(name="Triage", kind="issue", sequence=1, probability=60, teams=[front_desk])
    add(triage)
    case = Case.make("issue", "Spare parts", by=nora, team=front_desk, expected_revenue=1000_00)
    db.session.commit()
    assert (case.stage, case.probability, case.weighted) == (triage, 60, 600_00)

    lock(case)
    case.hand_to_team(support, by=nora)
    db.session.commit()

    assert (case.stage, case.probability, case.weighted) == (None, 0, 0)


def test_nobody_outside_and_nobody_gone_is_given_cases(case, nora, ines, otto, ada):
    lock(case)
    with pytest.raises(Refused, match="Ines Carvalho cannot be given cases"):
        case.assign(ines, by=nora)
    db.session.rollback()
    lock(otto)
    otto.deactivate(by=ada)
    db.session.commit()
    lock(case)
    with pytest.raises(Refused, match="Otto Brandt cannot be given cases"):
        case.assign(otto, by=nora)


def test_a_team_that_does_not_take_the_kind_refuses(case, nora):
    claims = Team(name="Claims", kinds=["claim"])
    add(claims)
    lock(case)
    with pytest.raises(Refused, match="Claims does not take cases of this kind"):
        case.hand_to_team(claims, by=nora)


# Moving


def test_into_a_won_stage_it_is_won_and_out_of_it_reopened(case, nora, stages):
    lock(case)
    case.move_to(stages["Won"], by=nora)
    assert (case.outcome, case.stage) == ("won", stages["Won"])
    case.move_to(stages["Qualified"], by=nora)
    assert (case.state, case.outcome, case.stage, case.probability) == (
        "open",
        "none",
        stages["Qualified"],
        30,
    )


def test_between_won_stages_only_the_stage_changes(case, nora, stages):
    framework = Stage(name="Framework signed", kind="opportunity", probability=100, is_won=True, sequence=99)
    add(framework)
    do("win", case, nora)
    closed_at = case.closed_at
    lock(case)
    case.move_to(framework, by=nora)
    assert (case.outcome, case.stage, case.closed_at) == ("won", framework, closed_at)


@pytest.mark.parametrize("standing", ["done", "lost", "cancelled"])
def test_a_closed_case_that_is_not_won_does_not_move(stand, nora, stages, standing):
    case = stand(standing)
    lock(case)
    with pytest.raises(Refused, match="reopened before it moves"):
        case.move_to(stages["Negotiation"], by=nora)


def test_only_into_stages_of_its_team_and_kind(case, nora, support):
    theirs = Stage(name="Triage", kind="opportunity", teams=[support])
    leads = Stage(name="Call first", kind="lead")
    gone = Stage(name="Gone", kind="opportunity", archived=True)
    add(theirs, leads, gone)
    not_theirs = "is no stage of this team's cases"
    for stage, why in ((theirs, not_theirs), (leads, not_theirs), (gone, "is no longer used")):
        lock(case)
        with pytest.raises(Refused, match=f"{stage.name} {why}"):
            case.move_to(stage, by=nora)
        db.session.rollback()


def test_moving_to_where_it_stands_changes_nothing(case, nora, stages):
    version = case.version
    lock(case)
    case.move_to(stages["Proposal"], by=nora)
    assert case.version == version


def test_how_long_it_stood_in_each_stage(case, nora, stages):
    begun = case.created_at
    for days, stage in ((4, "Negotiation"), (9, "Proposal")):
        with clock.stopped_at(begun + timedelta(days=days)):
            lock(case)
            case.move_to(stages[stage], by=nora)
            db.session.commit()
    with clock.stopped_at(begun + timedelta(days=10)):
        stays = case.stays()
    assert {stage: time.days for stage, time in stays.items()} == {
        stages["Proposal"].id: 5,
        stages["Negotiation"].id: 5,
    }


def test_all_times_that_it_stood_in_a_stage_are_counted(case, nora, stages):
    """To and fro between three stages, and the sums as one would make them with a pencil."""
    spent, here, day = Counter(), case.stage.name, 0
    for stays, there in zip(
        (1, 3, 2, 7, 5, 1, 4), cycle(["Qualified", "New", "Proposal", "New"]), strict=False
    ):
        day += stays
        spent[here] += stays
        with clock.stopped_at(case.created_at + timedelta(days=day)):
            lock(case)
            case.move_to(stages[there], by=nora)
            db.session.commit()
        here = there
    spent[here] += 6
    with clock.stopped_at(case.created_at + timedelta(days=day + 6)):
        stays = case.stays()
    assert {name: stays[stage.id].days for name, stage in stages.items() if stage.id in stays} == spent


# Kind


def test_a_lead_becomes_an_opportunity_in_the_teams_first_stage(front_desk, nora, stages):
    lead = Case.make("lead", "Wants pumps", by=nora, team=front_desk, contact_name="Clara")
    lead.convert(by=nora)

    assert (lead.kind, lead.stage, lead.contact_name) == ("opportunity", stages["New"], "Clara")
    lines = len(lead.history)
    lead.convert(by=nora)
    assert len(lead.history) == lines


def test_only_an_open_lead_is_converted(front_desk, nora):
    issue = Case.make("issue", "Loud pump", by=nora, team=front_desk)
    with pytest.raises(Refused, match="Only a lead becomes an opportunity"):
        issue.convert(by=nora)
    db.session.rollback()
    lead = Case.make("lead", "Wants pumps", by=nora, team=front_desk)
    lead.cancel(by=nora)
    assert "convert" not in lead.possible
    with pytest.raises(Refused, match="reopened before it is converted"):
        lead.convert(by=nora)


# Out of sight


@pytest.mark.parametrize("standing", STANDINGS)
def test_archiving_touches_nothing_else(stand, nora, standing):
    case = stand(standing)
    before = (case.state, case.outcome, case.stage, case.closed_at)
    do("archive", case, nora)
    assert case.archived
    assert "unarchive" in case.possible
    lines = len(case.events())
    do("archive", case, nora)
    assert len(case.events()) == lines
    do("unarchive", case, nora)
    assert not case.archived
    assert (case.state, case.outcome, case.stage, case.closed_at) == before


def test_only_what_was_never_opened_is_deleted_unless_the_team_allows_it(case, nora, front_desk):
    draft = Case.make("issue", "Never mind", by=Import(), team=front_desk)
    draft.delete(by=nora)
    assert draft.is_binned
    assert not draft.is_visible_to(nora)

    assert "delete" not in case.possible
    with pytest.raises(Refused, match="cancelled or archived, not deleted"):
        do("delete", case, nora)
    db.session.rollback()
    lock(front_desk)
    front_desk.edit({"may_delete": True}, by=SYSTEM)
    db.session.commit()
    do("delete", case, nora)
    assert case.is_binned
    lines = len(case.events())
    do("delete", case, nora)
    assert len(case.events()) == lines


# Ties and facts


def test_tags_and_watchers_once_each(case, nora, otto):
    tag = Tag(name="Retrofit")
    add(tag)
    lock(case)
    for _again in range(2):
        case.tag(tag, by=nora)
        case.watch(otto, by=nora)
        case.copy_to("Clara@Hofmann.example", by=nora)
        case.refer_to(tag, by=nora)
    assert [event.action for event in case.events()][:4] == ["referred", "watched", "watched", "tagged"]
    assert (case.tags, case.watchers, case.addresses[0].address) == ([tag], [otto], "clara@hofmann.example")
    for _again in range(2):
        case.untag(tag, by=nora)
        case.unwatch(otto, by=nora)
    assert [event.action for event in case.events()][:2] == ["unwatched", "untagged"]
    assert otto not in case.watchers


def test_probability_is_typed_else_of_the_stage_else_of_the_category(front_desk, nora, stages):
    category = Category(name="Service", probability=35)
    add(category)
    case = Case.make(
        "issue", "Pumps", by=nora, team=front_desk, category=category, expected_revenue=999, currency="EUR"
    )
    assert (case.probability, case.weighted) == (35, 350), "rounded half up"
    case.edit({"probability_typed": 50}, by=nora)
    assert (case.probability, case.weighted) == (50, 500)
    case.edit({"probability_typed": None}, by=nora)
    assert case.probability == 35


def test_the_category_that_was_edited_counts_at_once(front_desk, nora):
    low, high = Category(name="Low", probability=10), Category(name="High", probability=90)
    add(low, high)
    case = Case.make("issue", "Pumps", by=nora, team=front_desk, category=low)
    db.session.commit()
    lock(case)
    assert case.category is low
    case.edit({"category_id": high.id}, by=nora)
    assert (case.category, case.probability) == (high, 90)


def test_an_edit_names_only_what_its_editor_touched(case, nora, marc):
    read_at = case.version
    lock(case)
    case.edit({"referred_by": "Georg", "function": "Owner"}, by=marc)
    db.session.commit()
    lock(case)
    # A whole form comes back: `referred_by` as Nora read it, `function` as she edited it.
    with pytest.raises(EditConflict) as refused:
        case.edit({"referred_by": None, "function": "Buyer", "title": "Dr"}, by=nora, read_at=read_at)
    assert [(c.field, c.theirs, c.yours, c.who) for c in refused.value.clashes] == [
        ("function", "Owner", "Buyer", "Marc Manager")
    ]
    case.edit({"referred_by": None, "title": "Dr"}, by=nora, read_at=read_at)
    assert (case.referred_by, case.function, case.title) == ("Georg", "Owner", "Dr")


def test_who_set_it_and_set_it_back_is_in_nobodys_way(case, nora, marc):
    read_at = case.version
    lock(case)
    case.edit({"referred_by": "Georg"}, by=marc)
    case.edit({"referred_by": None}, by=marc)
    db.session.commit()
    lock(case)
    case.edit({"referred_by": "Clara"}, by=nora, read_at=read_at)
    assert case.referred_by == "Clara"


def test_the_last_action_is_a_persons(case, nora):
    before = case.last_action_at
    with clock.stopped_at(clock.now() + timedelta(hours=1)):
        lock(case)
        case.note("By the import.", by=Import())
        assert case.last_action_at == before
        case.note("By Nora.", by=nora)
        assert case.last_action_at == clock.now()
        assert case.last_contact_at is None
        case.log("Clara rang.", by=nora)
        assert case.last_contact_at == clock.now()


def test_reasons_are_there_to_be_chosen(database):
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LostReason)) >= 4
