"""An order that no file can carry out."""

from __future__ import annotations


class Refused(Exception):
    """The option that is wrong, its value as it was given, what is wrong, and what would be right."""

    def __init__(self, option: str, value: str, problem: str, remedy: str) -> None:
        super().__init__(f"{option} {value}: {problem}; {remedy}".replace("  ", " "))
        self.option = option
        self.value = value
        self.problem = problem
        self.remedy = remedy
