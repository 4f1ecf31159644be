"""No false alarm: clean tables of every shape, by every rule, to every number of places."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.desk.audit.audit import audit
from daemon.desk.audit.findings import Severity
from tests.desk.audit.clean import RULES, SHAPES, csv, infusion, texts

LEFT = ("concentration", "volume_ml", "dose", "cumulative", "elapsed_min", "solution", "step")
PLACES = (None, 0, 1, 2, 3, 4, 5, 6)


@given(
    st.sampled_from(SHAPES),
    st.integers(0, 2**32),
    st.sampled_from(RULES),
    st.sampled_from(PLACES),
    st.sampled_from([",", ";", "\t", "|"]),
)
@settings(max_examples=1200, deadline=None)
@pytest.mark.timeout(300)
def test_a_rounded_table_has_no_error(
    shape: object, seed: int, rule: str, places: int | None, mark: str
) -> None:
    assert callable(shape)
    clean = shape(Random(seed))
    content = csv(clean, texts(clean, rule, places), mark=mark)
    found = audit(content)
    assert [one for one in found.findings if one.severity is Severity.ERROR] == [], content.decode()
    assert not found.unreadable


@given(
    st.integers(0, 2**32),
    st.sets(st.sampled_from(LEFT), min_size=2),
    st.sampled_from(RULES),
    st.sampled_from(PLACES),
)
@settings(max_examples=200, deadline=None)
@pytest.mark.timeout(200)
def test_columns_may_be_left_out(seed: int, kept: set[str], rule: str, places: int | None) -> None:
    """Any columns beside the rate; what is left is compared with what is left."""
    clean = infusion(Random(seed))
    columns = [column for column in clean.columns if column in kept | {"rate_ml_h", "minutes"}]
    content = csv(clean, texts(clean, rule, places, columns), columns)
    assert [one for one in audit(content).findings if one.severity is Severity.ERROR] == [], content.decode()


@pytest.mark.parametrize("seed", range(20))
def test_exact_tables_have_no_finding_at_all(seed: int) -> None:
    """Bags strong to weak or weak to strong: nothing is rounded, nothing is said."""
    clean = SHAPES[1](Random(seed))
    assert audit(csv(clean, texts(clean, RULES[0], None))).findings == ()
    backwards = [dict(row) for row in reversed(texts(clean, RULES[0], None))]
    columns = [column for column in clean.columns if column not in {"cumulative", "step"}]
    assert audit(csv(clean, backwards, columns)).findings == ()
