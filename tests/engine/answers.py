"""What one act is answered, and what follows from it, in a state as it is."""

from __future__ import annotations

from typing import NamedTuple

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.dispatch import act
from daemon.engine.draft import Draft
from daemon.engine.state import RunState

DONE = ""
"""In the place of a refusal's code: it was done."""


class Answer(NamedTuple):
    """The code of the refusal, or `DONE`; the words; what was before the answer."""

    code: str
    words: str
    draft: Draft

    @property
    def facts(self) -> list[ev.Event]:
        """All but the answer itself."""
        return self.draft.events[:-1]


def answered(state: RunState, given: inp.AnyAct, now: int) -> Answer:
    """One act, and nothing that time alone would bring."""
    draft = Draft(state, now)
    act(draft, given)
    taken = draft.events[-1]
    assert isinstance(taken, ev.ActTaken)
    return Answer(taken.code, taken.answer, draft)
