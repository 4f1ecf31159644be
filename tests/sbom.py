"""`python -m tests.sbom`: every package of the lock file as CycloneDX 1.6, to `build/sbom.json`.

What runs beside the daemon is `required`, what only builds and proves it `excluded`; a direct dependency
says what it is for, as docs/reference/dependencies.md does.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "build" / "sbom.json"
PAGE = ROOT / "docs" / "reference" / "dependencies.md"
OURS = "infusiond"
_ROW = re.compile(r"^\| ([A-Za-z0-9_.-]+) \| (.+) \|$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
Package = Mapping[str, Any]


def locked() -> dict[str, Package]:
    """Every package of the lock file by its name, ours among them."""
    content = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {one["name"]: one for one in content["package"]}


def needed(packages: Mapping[str, Package], first: str) -> set[str]:
    """A package and whatever it needs at run time, on any platform."""
    found: set[str] = set()
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += depends_on(packages[name])
    return found


def depends_on(package: Package) -> list[str]:
    """What it names, extras it was asked with included."""
    extras = [one["name"] for group in package.get("optional-dependencies", {}).values() for one in group]
    return sorted({*(one["name"] for one in package.get("dependencies", ())), *extras})


def purposes() -> dict[str, str]:
    """What each direct dependency is for."""
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {name: _LINK.sub(r"\1", reason) for name, reason in rows if name != "package"}


def sbom(at: datetime) -> dict[str, Any]:
    """The whole list, made at this time."""
    packages = locked()
    running, said = needed(packages, OURS), purposes()
    others = sorted(packages.keys() - {OURS})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": at.isoformat(timespec="seconds"),
            "authors": [{"name": OURS}],
            "lifecycles": [{"phase": "build"}],
            "component": _component(packages[OURS], "required", ""),
        },
        "components": [
            _component(packages[name], "required" if name in running else "excluded", said.get(name, ""))
            for name in others
        ],
        "dependencies": [
            {
                "ref": _ref(packages[name]),
                "dependsOn": [_ref(packages[one]) for one in depends_on(packages[name])],
            }
            for name in (OURS, *others)
        ],
    }


def _component(package: Package, scope: str, purpose: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "application" if package["name"] == OURS else "library",
        "bom-ref": _ref(package),
        "name": package["name"],
        "version": package["version"],
        "scope": scope,
        "purl": _ref(package),
        "hashes": [{"alg": "SHA-256", "content": one} for one in _hashes(package)],
    }
    return {key: value for key, value in {**found, "description": purpose, **_told(package)}.items() if value}


def _ref(package: Package) -> str:
    return f"pkg:pypi/{package['name']}@{package['version']}"


def _hashes(package: Package) -> Iterator[str]:
    """Of the source, if there is one, else of every wheel."""
    files = [package["sdist"]] if "sdist" in package else package.get("wheels", [])
    yield from (one["hash"].removeprefix("sha256:") for one in files)


def _told(package: Package) -> dict[str, Any]:
    """Who made it and under which licence, where it is installed and says so in a word."""
    try:
        said = metadata(package["name"])
    except PackageNotFoundError:
        return {}
    word = {
        key: said[key] for key in ("Author", "Author-email", "License-Expression", "License") if key in said
    }
    maker = word.get("Author") or re.sub(r"\s*<.*", "", word.get("Author-email", ""))
    licence = word.get("License-Expression") or word.get("License", "")
    return {
        "supplier": {"name": maker} if maker else {},
        "licenses": [{"license": {"name": licence}}] if licence and "\n" not in licence else [],
    }


def main() -> int:
    """Write it."""
    made = sbom(datetime.now(UTC))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    scopes = [one["scope"] for one in made["components"]]
    run, build = scopes.count("required"), scopes.count("excluded")
    print(f"{FILE.relative_to(ROOT)}: {run} at run time, {build} to build and to prove")
    return 0


if __name__ == "__main__":
    sys.exit(main())
