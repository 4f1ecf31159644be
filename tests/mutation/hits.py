"""Which test runs which block of statements: collected once, kept in build/mutation.

Every block of the mutated files sets one byte of an array when it is entered; nothing else is traced.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.mutation.areas import FOLDER, files, parsed, users
from tests.mutation.mutants import blocks

MAP = FOLDER / "map.json"
NAME = "__hit__"


@dataclass(frozen=True)
class Map:
    """Blocks (file, name); per test the blocks it ran, as bits, and its CPU time; per test file the
    blocks run while it was collected, which the warm server has run already.
    """

    numbers: dict[tuple[str, str], int]
    ran: dict[str, int]
    cpu_s: dict[str, float]
    collected: dict[str, int]
    failed: tuple[str, ...]

    def tests(self, file: str, block: str) -> list[str]:
        """Who runs this block, the quickest first; those that fail anyway are not asked."""
        if (file, block) not in self.numbers:
            raise KeyError(f"{file} {block} is newer than the map: --map")
        bit = 1 << self.numbers[file, block]
        return self._quick(test for test, ran in self.ran.items() if ran & bit)

    def tests_of_file(self, file: str) -> list[str]:
        """Who runs any block of a file, then who runs one of its users: tables and records have no block."""
        if file not in self._of_file:
            own = self._quick(self._that_run({file}))
            self._of_file[file] = [*dict.fromkeys([*own, *self._quick(self._that_run(users(file)))])]
        return self._of_file[file]

    def _that_run(self, wanted: set[str]) -> list[str]:
        mask = 0
        for file in wanted:
            mask |= self._masks.get(file, 0)
        return [test for test, ran in self.ran.items() if ran & mask]

    def is_run_early(self, file: str, block: str) -> bool:
        """It is run while tests are collected."""
        return bool(self._early & 1 << self.numbers[file, block])

    @cached_property
    def _of_file(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _early(self) -> int:
        found = 0
        for bits in self.collected.values():
            found |= bits
        return found

    @cached_property
    def _masks(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for (file, _), number in self.numbers.items():
            found[file] = found.get(file, 0) | 1 << number
        return found

    def _quick(self, tests: object) -> list[str]:
        wanted = set(tests) - set(self.failed)  # type: ignore[call-overload]
        return sorted(wanted, key=lambda test: (self.cpu_s[test], test))


def load(path: Path = MAP) -> Map:
    """What `Mapper` has written."""
    held = json.loads(path.read_text())
    return Map(
        {(file, name): number for number, (file, name) in enumerate(held["blocks"])},
        {test: int(bits, 16) for test, bits in held["ran"].items()},
        held["cpu_s"],
        {test: int(bits, 16) for test, bits in held["collected"].items()},
        tuple(held["failed"]),
    )


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from a syntax tree that is given, never from what was compiled before."""

    def __init__(self, fullname: str, path: str, tree: ast.Module) -> None:
        super().__init__(fullname, path)
        self.tree = tree

    def get_code(self, fullname: str) -> CodeType:
        """Compiled from the tree, under the name of the file."""
        return compile(self.tree, self.path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules of these files, and gives them the trees."""

    def __init__(self, trees: dict[str, tuple[str, ast.Module]]) -> None:
        self.trees = trees

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Only for what was given."""
        if fullname not in self.trees:
            return None
        file, tree = self.trees[fullname]
        return importlib.util.spec_from_file_location(fullname, file, loader=Loader(fullname, file, tree))


def module_of(file: str) -> str:
    """Dotted name of a file."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Mapper:
    """A pytest plugin: it must be there before anything of the project is imported."""

    def __init__(self, root: Path) -> None:
        self.blocks: list[tuple[str, str]] = []
        trees = {}
        for file in files():
            tree = parsed(file)
            for name, body in blocks(tree).items():
                self._instrument(file, name, body)
            trees[module_of(file)] = (str(root / file), ast.fix_missing_locations(tree))
        assert not trees.keys() & sys.modules.keys(), "imported before it could be instrumented"
        self.hit = bytearray(len(self.blocks))
        setattr(builtins, NAME, self.hit)
        sys.meta_path.insert(0, Finder(trees))
        self.ran: dict[str, int] = {}
        self.cpu_s: dict[str, float] = {}
        self.collected: dict[str, int] = {}
        self.failed: set[str] = set()

    def _instrument(self, file: str, name: str, body: list[ast.stmt]) -> None:
        call = ast.parse(f"{NAME}[{len(self.blocks)}] = 1").body[0]
        for node in ast.walk(call):
            ast.copy_location(node, body[0])
        documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        body.insert(1 if documented else 0, call)
        self.blocks.append((file, name))

    def _taken(self) -> int:
        bits = int("".join("1" if one else "0" for one in reversed(self.hit)) or "0", 2)
        self.hit[:] = bytes(len(self.hit))
        return bits

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, object, object]:
        self._taken()
        result = yield
        self.collected[collector.nodeid] = self._taken()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._taken()
        begun = time.process_time()
        result = yield
        self.cpu_s[item.nodeid] = round(time.process_time() - begun, 4)
        self.ran[item.nodeid] = self._taken()
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self.failed.add(report.nodeid)

    def write(self, path: Path = MAP) -> None:
        """For `load`; tests mapped before stay, under the numbers their blocks have now."""
        path.parent.mkdir(parents=True, exist_ok=True)
        before = json.loads(path.read_text()) if path.exists() else None
        old = _renumbered(before, self.blocks) if before else {"ran": {}, "collected": {}}
        cpu_s = (before["cpu_s"] if before else {}) | self.cpu_s
        failed = {*before["failed"]} if before else set()
        held = {
            "blocks": self.blocks,
            "ran": old["ran"] | {test: hex(bits) for test, bits in self.ran.items()},
            "cpu_s": cpu_s,
            "collected": old["collected"] | {test: hex(bits) for test, bits in self.collected.items()},
            "failed": sorted(failed - self.ran.keys() | self.failed),
        }
        path.write_text(json.dumps(held))


def _renumbered(before: dict[str, Any], blocks: Sequence[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """What ran which block, told by today's blocks; one that is new counts as run by all who ran its file."""
    known = {(file, name): number for number, (file, name) in enumerate(before["blocks"])}
    of_file: dict[str, list[int]] = {}
    for (file, _), number in known.items():
        of_file.setdefault(file, []).append(number)
    wanted = [
        [known[file, name]] if (file, name) in known else of_file.get(file, []) for file, name in blocks
    ]
    masks = [sum(1 << number for number in numbers) for numbers in wanted]

    def told(bits: str) -> str:
        old = int(bits, 16)
        return hex(sum(1 << number for number, mask in enumerate(masks) if old & mask))

    return {kind: {test: told(bits) for test, bits in before[kind].items()} for kind in ("ran", "collected")}
