"""Writes the generated pages: `python -m tests.docs.write`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.alarm_page import alarm_page
from tests.docs.journal_page import journal_page
from tests.docs.message_page import message_page
from tests.docs.pages import REFERENCE
from tests.docs.state_page import state_page
from tests.matrix import page as safety_case

GENERATED: Mapping[Path, Callable[[], str]] = {
    safety_case.PAGE: safety_case.written,
    REFERENCE / "alarms.md": alarm_page,
    REFERENCE / "journal.md": journal_page,
    REFERENCE / "messages.md": message_page,
    REFERENCE / "states.md": state_page,
}

if __name__ == "__main__":
    for path, page in GENERATED.items():
        path.write_text(page(), encoding="utf-8")
        print(path)
