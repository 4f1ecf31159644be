"""F13: the code on a bag's label, as a pair with the pump, or nothing flows."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.bag_codes import draw
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.codes import ALPHABET, RANDOM, Mismatch, check_character, hashed, mismatch, well_formed
from daemon.engine.phases import Phase
from daemon.journal.codec import encode
from drivers.values import Motion, PumpSetting
from simulators.campaign.engine.labels import SALT, code_of, codes_of
from simulators.campaign.engine.world import World
from tests.engine.plans import OVER, REST, SAME, small
from tests.engine.stories import FAST, in_phase

CODES = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM).map(lambda one: one + check_character(one))


def checking() -> World:
    """Standing before its start, the pump read, nothing confirmed."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    return world


def give(world: World, code: str, **words: Any) -> str:
    return world.do(inp.ConfirmSolution, **{**world.label("A"), "code": code, **words})


@given(CODES, st.data())
def test_f13_every_single_wrong_character_is_found(code: str, data: st.DataObject) -> None:
    """F13: one character read wrong never makes a code."""
    place = data.draw(st.integers(0, len(code) - 1))
    for other in ALPHABET.replace(code[place], ""):
        assert not well_formed(code[:place] + other + code[place + 1 :])


@given(CODES)
def test_f13_every_exchange_of_two_characters_is_found(code: str) -> None:
    """F13: any two characters exchanged never make a code, unless they are the same."""
    for one, other in combinations(range(len(code)), 2):
        turned = list(code)
        turned[one], turned[other] = turned[other], turned[one]
        assert well_formed("".join(turned)) is (code[one] == code[other])


@given(CODES)
def test_f13_a_code_that_is_too_short_or_too_long_is_mistyped(code: str) -> None:
    """F13: characters left out, typed twice, or added."""
    for wrong in (code[:-1], code[1:], code + code[-1], code[0] + code, ""):
        assert mismatch(wrong, codes_of(("A",)), "A") is Mismatch.MISTYPED


@pytest.mark.parametrize(
    ("characters", "check"), [("222222", "2"), ("333333", "X"), ("Z22222", "B"), ("22222Z", "S")]
)
def test_f13_the_check_character_by_hand(characters: str, check: str) -> None:
    """F13: 2 counts 0, 3 counts 1, Z 30; values times places are divisible by 31.

    333333: 1 + 2 + .. + 6 = 21, and 21 + 7 x 28 = 217 = 7 x 31; 28 is X.
    Z22222: 30 + 7 x 9 = 93; 22222Z: 6 x 30 + 7 x 23 = 341 = 11 x 31.
    """
    assert well_formed(characters + check)
    assert [one for one in ALPHABET if well_formed(characters + one)] == [check]


@pytest.mark.parametrize("foreign", ["I33333X", "33333OX", "333333l", "3333 3X"])
def test_f13_one_foreign_character_is_no_code(foreign: str) -> None:
    assert not well_formed(foreign)


def test_f13_a_code_is_hidden_by_a_thousand_rounds() -> None:
    """F13: PBKDF2 (RFC 8018, 5.2) with HMAC-SHA-256, worked out round by round: labels printed stay good."""
    block = hmac.digest(b"333333X", b"salt" + (1).to_bytes(4), "sha256")
    sum_ = int.from_bytes(block)
    for _ in range(999):
        block = hmac.digest(b"333333X", block, "sha256")
        sum_ ^= int.from_bytes(block)
    assert hashed("333333X", "salt") == f"{sum_:064x}"


def test_f13_no_symbol_is_taken_for_another_and_the_rest_is_prime() -> None:
    """F13: 31 symbols, without those that are taken for a digit or a letter."""
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set(ALPHABET) & set("01ILO")


def test_f13_drawn_codes_differ_and_two_sets_share_nothing() -> None:
    """F13: random, one per bag and run."""
    seen: set[str] = set()
    salts: set[str] = set()
    for _ in range(50):
        codes, kept = draw(("A", "B", "C"))
        assert all(well_formed(code) for code in codes.values())
        assert not seen & set(codes.values())
        seen |= set(codes.values())
        salts.add(kept.salt)
        assert kept.hashes == {one: hashed(code, kept.salt) for one, code in codes.items()}
        assert not any(code in json.dumps(encode(kept)) for code in codes.values())
    assert len(seen) == 150
    assert len(salts) == 50


def test_f13_the_right_label_is_taken_however_it_is_typed() -> None:
    """F13: small letters and spaces do not make it wrong."""
    code = code_of("A")
    for typed in (code, code.lower(), f" {code[:3]} {code[3:]} "):
        assert not give(checking(), typed).startswith("no: ")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("A", "mistyped"),
        ("1", "mistyped"),
        ("bag A", "mistyped"),
        (code_of("B"), "not the bag this step needs"),
        (code_of("A", "an earlier run"), "of another run"),
        (code_of("B", "an earlier run"), "of another run"),
    ],
)
def test_f13_no_drug_flows_on_the_name_of_a_solution_or_a_wrong_label(code: str, why: str) -> None:
    """F13: each wrong code has its own words, none is said back, and the pump stands."""
    world = checking()
    answer = give(world, code)
    assert answer.startswith("no: ")
    assert why in answer
    assert len(code) < 7 or code not in answer
    world.match()
    world.do(inp.ConfirmLine)
    world.measure()
    world.do(inp.ConfirmVitals)
    world.do(inp.ConfirmSound)
    assert "confirm solution" in world.do(inp.Start, witness="bob")
    world.run(600_000)
    assert world.flowed_dose() == 0


def test_f13_the_pump_with_the_other_label_is_refused() -> None:
    """F13: pump and bag are a pair."""
    assert "label of the pump" in give(checking(), code_of("A"), pump="pump 2")
    assert "label of the pump" in give(checking(), code_of("A"), pump="")


def test_f13_without_a_scanner_a_second_person_reads_the_label() -> None:
    """F13: one name is enough for a scan, two different ones for eyes."""
    world = checking()
    for witness in ("", "  ", "ann", " ANN "):
        assert "person" in give(world, code_of("A"), witness=witness)
    assert world.state.hung is None
    assert not give(world, code_of("A"), witness="", scanned=True).startswith("no: ")
    confirmed = world.seen(ev.SolutionConfirmed)[-1]
    assert isinstance(confirmed, ev.SolutionConfirmed)
    assert (confirmed.solution, confirmed.pump, confirmed.scanned) == ("A", "pump 1", True)


def test_f13_no_code_is_ever_in_the_record() -> None:
    """F13: neither the right ones nor the wrong ones that were tried."""
    world = checking()
    foreign = code_of("A", "an earlier run")
    for code in (foreign, code_of("B")):
        give(world, code)
    world = World.start(world)
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(60_000)
    assert world.phase() is Phase.INFUSING
    record = json.dumps([encode(event) for _, event in world.events])
    assert SALT in record
    for code in (foreign, code_of("A"), code_of("B")):
        assert code not in record


def test_f13_f40_three_wrong_codes_hold_before_the_start_and_two_persons_lead_back() -> None:
    """F13, F40: checking -> held -> checking; nothing that was confirmed counts, and no drug has flowed."""
    world = checking()
    world.check()
    for _ in range(2):
        give(world, code_of("B"))
    assert world.phase() is Phase.CHECKING
    give(world, "A")
    assert world.phase() is Phase.HELD
    assert "held_operator" in world.state.alarms
    world.run(5_000)
    assert world.channel.stops_decided
    assert resume.options(world.state, world.now).allowed == (OVER,)
    for choice in (REST, SAME):
        assert world.resume(choice, witness="bob").startswith("no: ")
    assert "person" in world.resume(OVER)
    assert world.do(inp.Start, witness="bob").startswith("no: ")
    assert world.do(inp.GoManual, reason="").startswith("no: ")
    assert not world.resume(OVER, witness="bob").startswith("no: ")
    assert world.phase() is Phase.CHECKING
    assert not [alarm for alarm in world.state.alarms if alarm.startswith("held_")]
    answer = world.do(inp.Start, witness="bob")
    for asked in ("patient", "solution", "line", "vitals", "sound"):
        assert f"confirm {asked}" in answer
    world.run(60_000)
    assert world.flowed_dose() == 0
    world.start().run(30_000)
    assert world.flowed_dose() > 0


def test_f13_f40_a_hold_before_the_start_can_also_end_the_run() -> None:
    """F40, F32: abort is always there."""
    world = checking()
    for _ in range(3):
        give(world, "wrong")
    assert not world.do(inp.Abort, reason="wrong bags").startswith("no: ")
    assert world.phase() is Phase.ABORTED


def test_f13_right_codes_between_wrong_ones_begin_the_count_anew() -> None:
    """F13: three in a row."""
    world = checking()
    for _ in range(3):
        give(world, "wrong")
        give(world, code_of("B"))
        assert not give(world, code_of("A")).startswith("no: ")
    assert world.phase() is Phase.CHECKING


@given(st.integers(1, 4))
def test_f13_how_many_wrong_codes_hold_is_ordered(most: int) -> None:
    """F13: the protocol's number counts, no other."""
    plan = small(checking=replace(small().rules.checking, wrong_codes_max=most))
    world = World(plan, timing=FAST)
    world.run(3_000)
    for count in range(1, most + 1):
        give(world, code_of("B"))
        assert (world.phase() is Phase.HELD) is (count == most)


def test_f13_three_wrong_codes_at_a_bag_change_hold_with_the_drug_off() -> None:
    """F13: the patient gets nothing of the wrong bag."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    before = world.flowed_dose()
    world.pump.bag = "A"
    for code in (code_of("A"), code_of("C"), "B"):
        give(world, code)
    assert world.phase() is Phase.HELD
    world.run(120_000)
    assert world.flowed_dose() == before


def test_f13_the_same_answer_for_the_same_tap_counts_once() -> None:
    """F13, F40: a wrong code sent twice with one act id is one wrong code."""
    world = checking()
    for _ in range(5):
        world.do(inp.ConfirmSolution, act_id="one", **{**world.label("A"), "code": "wrong"})
    assert world.state.bedside.wrong_codes == 1


def test_f13_a_hold_before_the_start_after_drug_left_the_pump_leads_nowhere_but_out() -> None:
    """F13, F40: a hand gave drug before the start; the checks are not begun again on that."""
    world = checking()
    world.check()
    for _ in range(3):
        give(world, "wrong")
    world.run(5_000)
    assert resume.options(world.state, world.now).allowed == (OVER,)
    world.pump.program(PumpSetting(Decimal(120), Decimal(5)))
    world.pump.start()
    world.run(10_000)
    assert world.flowed_dose() > 0
    assert world.motion() is Motion.STOPPED
    assert world.phase() is Phase.HELD
    assert resume.options(world.state, world.now).allowed == ()
    assert world.resume(OVER, witness="bob").startswith("no: ")
    assert not world.do(inp.Abort, reason="drug given by hand").startswith("no: ")
