"""PCD-01: the pump's figures and the vital signs of a status, each with its own time."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.feeds.hl7.numerics_message import changed, numerics_message
from tests.feeds.hl7_messages import AT, BED, field, read, strictly, value
from tests.terminal import beds


def running() -> dict[str, Any]:
    return beds.seen(beds.RUNNING)


def message(status: dict[str, Any], patient: str = "MRN-0042") -> Any:
    data = numerics_message(BED, status, "D1-000977", patient, AT)
    strictly(data)
    return read(data)


def test_the_pump_and_every_vital_sign() -> None:
    status = running()
    told = message(status)
    assert field(told, "MSH", 9) == "ORU^R01^ORU_R01"
    assert value(told, 157784) == str(status["pump"]["rate_ml_h"])
    assert value(told, 184504) == "^pump-mode-multi-step"
    assert value(told, 184508) == "^pump-status-infusing"
    codes = {"spo2": 150456, "hr": 147842, "nibp_sys": 150021}
    for name, code in codes.items():
        assert value(told, code) == str(status["vitals"][name]["value"])


def test_every_report_has_an_order_number_of_its_own() -> None:
    told = [str(row[3]) for row in message(running()).segments("OBR")]
    assert [number.split("^")[0] for number in told] == ["D1-000977-PUMP", "D1-000977-VITALS"]


def test_r6_a_vital_sign_has_the_time_it_was_measured() -> None:
    """(A) R6."""
    status = running()
    status["vitals"]["nibp_sys"]["age_s"] = 300
    row = next(one for one in message(status).segments("OBX") if str(one[3]).startswith("150021"))
    assert str(row[14]) == "20270314091007.120+0000"


@pytest.mark.parametrize("validity", ["inactive", "questionable", "invalid"])
def test_r7_what_is_not_valid_has_no_number(validity: str) -> None:
    """(A) R7."""
    status = running()
    status["vitals"]["spo2"]["validity"] = validity
    row = next(one for one in message(status).segments("OBX") if str(one[3]).startswith("150456"))
    assert (str(row[5]), str(row[11])) == ("", "X")


def test_a_pump_that_does_not_answer_has_no_figures() -> None:
    status = running()
    status["pump"]["linked"] = False
    told = message(status)
    codes = {str(one[3][0][0]) for one in told.segments("OBX")}
    assert not codes & {"157784", "157872", "157993"}


def test_what_is_told_at_once() -> None:
    before, now = running(), running()
    assert changed(None, now)
    assert not changed(before, now)
    now["vitals"]["spo2"]["value"] = 97
    assert not changed(before, now)
    now["pump"]["rate_ml_h"] += 1
    assert changed(before, now)
    again = running()
    again["vitals"]["spo2"]["validity"] = "inactive"
    assert changed(before, again)
