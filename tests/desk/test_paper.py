"""The papers: what stands on every page, what never does, and what a person reads off them."""

from __future__ import annotations

import contextlib
import io
import json
import re
import stat
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from daemon import codes_file
from daemon.codes_file import CodesFile
from daemon.desk.paper import qr
from daemon.desk.paper.as_html import html
from daemon.desk.paper.as_pdf import pdf
from daemon.desk.paper.content import papers
from daemon.desk.paper.figures import clock, lasting
from daemon.desk.paper.model import Papers, Table
from daemon.desk.paper.order import NOTICE, Order
from daemon.desk.paper.pharmacy import on_top_ml
from daemon.desk.paper.unprintable import Unprintable
from daemon.engine.codes import mismatch, well_formed
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.plan import Severity
from daemon.protocols.sheet import Sheet
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CASTELLS, CONFIG, RITUXIMAB
from tests.protocols.test_verbs import run

PROTOCOLS = sorted((CONFIG / "protocols").glob("*.toml"))
CODES = {"bag-1": "23456AB", "bag-2": "CDEFGHJ", "bag-3": "KMNPQRS"}
HOSTILE = "</td><script>alert('x')</script> & <b>\"bold\" <img src=x> <font color=\"__import__('os')\">"


def drafted(text: str) -> Draft:
    return draft_protocol(parse_toml("p.toml", text), "p.toml", Equipment())


def order(text: str | None = None, **changes: Any) -> Order:
    draft = drafted(RITUXIMAB.read_text() if text is None else text)
    assert draft.sheet is not None, draft.faults
    bags = [bag.id for bag in draft.sheet.bags]
    made = Order(
        sheet=draft.sheet,
        plan=draft.plan,
        findings=draft.findings,
        refused=False,
        file_sha256="cd" * 32,
        signed=("Signed by Ann Lee (prescriber).", "Signed by Bo Berg (pharmacist)."),
        printed="2026-11-22 21:30 UTC",
        codes={bag: CODES[bag] for bag in bags if bag in CODES},
    )
    return replace(made, **changes)


def longer(steps: int) -> str:
    """The rituximab file with steps more before its last."""
    more = '[[steps]]\nsolution = "bag-3"\nrate_ml_h = 40\nminutes = 0.7\n\n' * (steps - 12)
    return RITUXIMAB.read_text().replace("[[steps]] # 12\n", f"{more}[[steps]] # 12\n")


def pages(raw: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(raw)
    return [page.get_textpage().get_text_bounded() for page in document]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def sections(text: str) -> list[str]:
    """The papers of an HTML file, markup and all."""
    return text.split('<table class="page">')[1:]


def test_every_page_carries_hash_signers_and_notice() -> None:
    asked = order(longer(80))
    made = papers(asked)
    found = pages(pdf(made))
    assert len(found) >= 4
    for text in (*map(squeezed, found), *sections(html(made))):
        assert asked.sheet.sha256 in text
        assert "cd" * 32 in text
        assert "Signed by Ann Lee (prescriber)." in text
        assert "Bo Berg" in text
        assert NOTICE in text
    assert [f"page {place} of {len(found)}" in text for place, text in enumerate(found, 1)] == [True] * len(
        found
    )


@pytest.mark.parametrize("steps", [12, 16, 20])
def test_the_table_of_so_many_steps_fits_one_page(steps: int) -> None:
    """With the box, the checklist, the rules and the lines to sign on."""
    bedside = pages(pdf(papers(order(longer(steps)))))[0]
    assert "REACTION" in bedside
    assert "As ordered by" in bedside
    assert "Second nurse" in bedside
    assert rows(bedside) == list(range(1, steps + 1))


def rows(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"^(\d+) (?:HANG )?bag-\d ", text, re.MULTILINE)]


def test_a_long_table_goes_on_with_its_heads() -> None:
    found = [text for text in pages(pdf(papers(order(longer(92))))) if "Bedside" in text]
    assert [row for text in found for row in rows(text)] == list(range(1, 93))
    with_rows = [text for text in found if rows(text)]
    assert len(with_rows) == 2
    assert all("mL/h" in text and "initials" in text for text in with_rows)


def test_f3_the_paper_at_the_bed_says_the_three_things_about_the_line() -> None:
    """F3: clamp, do not flush, another access; and what the line holds."""
    made = papers(order())
    for text in (squeezed(pages(pdf(made))[0]), sections(html(made))[0]):
        assert "CLAMP the drug line at the patient" in text
        assert "DO NOT FLUSH through the drug line" in text
        assert "by ANOTHER ACCESS" in text
        assert "bag-3 26.7639 mg in 10 mL" in text


def test_f13_codes_stand_on_labels_alone_and_a_scanner_reads_them() -> None:
    """F13: as text once and as a QR code that holds the code and nothing else; nowhere else."""
    made = papers(order())
    raw, text = pdf(made), html(made)
    *others, last = pages(raw)
    *other_sections, labels = sections(text)
    for code in CODES.values():
        assert last.count(code) == labels.count(code) == 1
        assert not any(code in page for page in (*others, *other_sections))
    assert scanned(picture(raw, len(others))) == sorted(CODES.values())
    assert sorted(one for svg in svgs(labels) for one in scanned(drawn(svg))) == sorted(CODES.values())


def picture(raw: bytes, page: int) -> Any:
    return pypdfium2.PdfDocument(raw)[page].render(scale=2).to_pil()


def scanned(image: Any) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(image))


def svgs(text: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", text)]  # noqa: S314 - our own


def drawn(svg: ET.Element) -> Any:
    """The picture of an SVG of unit squares, eight dots a module."""
    side = int(svg.attrib["viewBox"].split()[2])
    image = Image.new("L", (side * 8, side * 8), 255)
    path = svg.findall("{http://www.w3.org/2000/svg}path")[-1].attrib["d"]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        image.paste(0, (int(x) * 8, int(y) * 8, int(x) * 8 + 8, int(y) * 8 + 8))
    return image


def test_a_smeared_label_is_still_read() -> None:
    """A tenth of the picture may be lost."""
    rows_of = qr.dark("23456AB")
    side = len(rows_of) + 2 * qr.QUIET
    image = Image.new("L", (side * 8, side * 8), 255)
    for y, row in enumerate(rows_of):
        for x, dark in enumerate(row):
            if dark:
                at = (x + qr.QUIET) * 8, (y + qr.QUIET) * 8
                image.paste(0, (*at, at[0] + 8, at[1] + 8))
    image.paste(255, (17 * 8, 17 * 8, 23 * 8, 23 * 8))
    assert scanned(image) == ["23456AB"]


def test_what_is_refused_says_so_on_every_page_and_has_no_label_and_no_line_to_sign() -> None:
    draft = drafted(RITUXIMAB.read_text().replace("max_total_dose = 709", 'max_total_dose = "____"'))
    assert draft.sheet is not None
    made = papers(order(sheet=draft.sheet, plan=draft.plan, refused=True, codes={}))
    found = pages(pdf(made))
    assert len(found) == 3
    assert all(text.count("REFUSED") >= 2 for text in found)
    text = html(made)
    assert 'class="across"' in text
    for one in (*found, text):
        for never in ("Prepared by", "Second nurse", "Labels", "CODE", "<svg"):
            assert never not in one


def test_hostile_text_is_text() -> None:
    text = RITUXIMAB.read_text()
    for key in ('title = "Rituximab, three bags, twelve steps"', 'label = "1/100"', 'drug = "rituximab"'):
        assert key in text
        text = text.replace(key, f"{key.partition(' ')[0]} = '''{HOSTILE}'''")
    made = papers(order(text))
    shown = html(made)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<font" not in shown
    assert shown.count("&lt;script&gt;") >= 4
    assert "default-src 'none'" in shown
    printed = squeezed(" ".join(pages(pdf(made))))
    assert "<script>alert('x')</script> & <b>" in printed
    assert "__import__('os')" in printed


def test_no_word_of_a_paper_is_ever_markup() -> None:
    """Whatever is put where: each text of the model at once."""
    base = papers(order())
    shown = html(hostile(base))
    for never in ("<script", "<img", "<font", "<b>"):
        assert never not in shown
    assert shown.count("<td") == html(base).count("<td")
    assert "<script>alert('x')</script>" in squeezed(" ".join(pages(pdf(hostile(base)))))


def hostile(value: Any) -> Any:
    """The same model with hostile text in the place of every text but codes and numbers."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value if not value or re.fullmatch(r"[A-Z0-9]{7}|[\d.]+", value) else HOSTILE
    if isinstance(value, tuple):
        return tuple(hostile(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: hostile(getattr(value, one.name)) for one in fields(value)})
    return value


def test_the_html_needs_nothing_from_anywhere() -> None:
    shown = html(papers(order()))
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]", shown) == []
    assert "<script" not in shown
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", shown) == []


def test_a_letter_the_pdf_fonts_do_not_have_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unprintable, match=r'no "漢".*--html'):
        pdf(papers(order(RITUXIMAB.read_text().replace("Rituximab, three", "漢 three"))))
    path = tmp_path / "p.toml"
    path.write_text(RITUXIMAB.read_text().replace("Rituximab, three", "漢 three"))
    made = run("plan", path, "--html", tmp_path / "o.html", "--pdf", tmp_path / "o.pdf")
    assert (made.exit_code, "--html instead" in made.stderr) == (1, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["p.toml"]
    assert run("plan", path, "--html", tmp_path / "o.html").exit_code == 0


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_every_published_protocol_prints(path: Path, tmp_path: Path) -> None:
    made = run("plan", path, "--html", tmp_path / "o.html", "--pdf", tmp_path / "o.pdf")
    assert made.exit_code in (0, 1), made.output
    draft = drafted(path.read_text())
    assert draft.sheet is not None
    first = squeezed(pages((tmp_path / "o.pdf").read_bytes())[0 if made.exit_code == 0 else 1])
    assert f"{draft.sheet.rows[-1].number} " in first
    assert (tmp_path / "o.pdf.codes").exists() is bool("CODE" in (tmp_path / "o.html").read_text())


def test_f37_doses_by_hand_print_when_they_are_due_and_who_gave_them() -> None:
    """F37: hours and minutes from the first dose, room for due, given and by whom."""
    made = papers(order((CONFIG / "protocols" / "aspirin-10-step.toml").read_text()))
    bedside = pages(pdf(made))[0]
    for head in ("due at", "given at", "given by", "NO further dose"):
        assert head in squeezed(bedside)
    assert re.search(r"^10 325 642\.4 2:15", bedside, re.MULTILINE)
    assert "a dose 10 min after its time or later" in squeezed(bedside)
    assert "by the nurse, every 15 min" in squeezed(bedside)
    assert "HANG" not in bedside
    assert "pump" not in bedside.replace("infusiond", "")


def written(folder: Path, *more: str) -> Any:
    return run("plan", CASTELLS, "--html", folder / "o.html", "--pdf", folder / "o.pdf", *more)


def kept(folder: Path) -> CodesFile:
    read = codes_file.read(folder / "o.pdf.codes", folder / "bed.toml")
    assert isinstance(read, CodesFile), read
    return read


def printed_codes(folder: Path) -> Mapping[str, str]:
    labels = sections((folder / "o.html").read_text())[-1]
    return dict(re.findall(r'class="key">(\w+)<.*?class="bag">(bag-\d)<', labels))


def test_f13_both_forms_hold_the_same_codes_and_the_file_beside_holds_their_hashes(tmp_path: Path) -> None:
    """F13: one set; what shows codes is for its owner alone."""
    assert written(tmp_path).exit_code == 0
    codes = printed_codes(tmp_path)
    assert len(codes) == 3
    scans = scanned(picture((tmp_path / "o.pdf").read_bytes(), 2))
    assert scans == sorted(codes)
    for code, bag in codes.items():
        assert well_formed(code)
        assert mismatch(code, kept(tmp_path).codes, bag) is None
        assert code not in (tmp_path / "o.pdf.codes").read_text()
    for name, mode in (("o.html", 0o600), ("o.pdf", 0o600), ("o.pdf.codes", 0o640)):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


@pytest.mark.parametrize("there", ["o.html", "o.pdf", "o.pdf.codes"])
def test_nothing_is_written_over_and_nothing_is_left_behind(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("kept")
    made = written(tmp_path)
    assert (made.exit_code, "never written over" in made.stderr) == (2, True)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(there, "kept")]


def test_labels_and_papers_are_not_made_at_once(tmp_path: Path) -> None:
    assert written(tmp_path, "--labels", str(tmp_path / "l")).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_refused_file_prints_without_codes(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(CASTELLS.read_text().replace("max_step_up_ratio = ", "max_step_up_ratio = 1.1 # "))
    made = run("plan", path, "--pdf", tmp_path / "o.pdf")
    assert made.exit_code == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["o.pdf", "p.toml"]
    assert "Why it is refused" in pages((tmp_path / "o.pdf").read_bytes())[0]
    path.write_text("id = 7\n[[steps]]\n")
    made = run("plan", path, "--pdf", tmp_path / "other.pdf")
    assert (made.exit_code, "no numbers to print" in made.stderr) == (1, True)
    assert not (tmp_path / "other.pdf").exists()


def test_the_signers_are_on_paper(tmp_path: Path) -> None:
    protocol = tmp_path / "p.toml"
    protocol.write_bytes(CASTELLS.read_bytes())
    made = run("key", "Ann Lee", "--out", tmp_path / "k")
    (tmp_path / "signers.toml").write_text(made.stdout)
    (tmp_path / "signers.toml").chmod(0o644)
    assert run("sign", protocol, "--key", tmp_path / "k").exit_code == 0
    assert "Signed by Ann Lee (not compared with a list" in foot(protocol, tmp_path / "1")
    assert "Signed by Ann Lee (prescriber)." in foot(
        protocol, tmp_path / "2", "--signers", tmp_path / "signers.toml"
    )
    assert "NOT SIGNED: the dose is from the command line" in foot(protocol, tmp_path / "3", "--dose", "500")
    protocol.write_bytes(CASTELLS.read_bytes() + b"\n")
    assert "The signature of Ann Lee does NOT count: the file is not" in foot(protocol, tmp_path / "4")
    assert "Signed by nobody." in foot(CASTELLS, tmp_path / "5")


def foot(protocol: Path, out: Path, *more: object) -> str:
    made = run("plan", protocol, "--pdf", out, *more)
    assert made.exit_code == 0, made.output
    first, *rest = map(squeezed, pages(out.read_bytes()))
    found = first[first.index("plan SHA-256") :]
    assert all(found.partition("Printed")[0] in page for page in rest)
    return found


def test_the_numbers_are_those_of_the_plan() -> None:
    made = papers(order())
    (table,) = (block for block in made.papers[0].blocks if isinstance(block, Table))
    heads = [column.head for column in table.columns]
    assert heads == [
        "step",
        "from",
        "rate\nmL/h",
        "min",
        "mL",
        "dose\nmg",
        "so far\nmg",
        "started",
        "initials",
    ]
    cells = ("12", "bag-3", "80", "174.375", "232.5", "622.260675", "675", "", "")
    assert table.lines[-1].cells == cells
    assert [line.cells[1] for line in table.lines if "HANG" in line.cells[1]] == [
        f"HANG bag-{n}" for n in (1, 2, 3)
    ]
    assert [line.begins for line in table.lines] == [n in (1, 5, 9) for n in range(1, 13)]


def test_the_pharmacy_makes_the_line_fill_on_top_where_the_steps_need_the_whole_bag() -> None:
    sheet = order().sheet
    assert [on_top_ml(bag) for bag in sheet.bags] == [0, 0, 10]
    text = squeezed(pages(pdf(papers(order())))[1])
    assert "MAKE, with the line fill: 695.8614 mg in 260 mL" in text
    assert "10 of the bag" in text
    labels = pages(pdf(papers(order())))[2]
    assert "669.0975 mg in 250 mL, and 10 mL for the line" in labels
    assert "for the line" not in labels.partition("bag-3")[0]


def test_warnings_are_told_to_who_signs() -> None:
    made = order()
    warned = made.told(Severity.WARNING)
    assert warned
    text = squeezed(pages(pdf(papers(made)))[1])
    assert all(squeezed(one)[:60] in text for one in warned)


@pytest.mark.parametrize(
    ("minutes", "short", "words"),
    [
        ("0", "0:00", "0 min"),
        ("90", "1:30", "1 h 30 min"),
        ("339.375", "5:39:22", "5 h 39 min 22 s"),
        ("0.999", "0:01", "1 min"),
    ],
)
def test_times(minutes: str, short: str, words: str) -> None:
    assert clock(Decimal(minutes)) == short
    assert lasting(Decimal(minutes)) == words


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=390)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, TEXT, st.text("abc DEF 0123.,<>&\"'%{}\\", min_size=1, max_size=390))
def test_any_words_print_or_are_refused_by_name(title: str, label: str, plain: str) -> None:
    """Long, strange, or both: an HTML that is well formed, a PDF or a sentence why not."""
    base = order()
    for words in ((title, label), (plain, plain)):
        sheet: Sheet = replace(
            base.sheet,
            title=words[0],
            drug=words[1],
            bags=tuple(replace(bag, label=words[0], preparation=words[1]) for bag in base.sheet.bags),
        )
        made: Papers = papers(replace(base, sheet=sheet))
        assert html(made).count("<table") == html(papers(base)).count("<table")
        with contextlib.suppress(Unprintable):
            assert len(pages(pdf(made))) >= 3


LINES = CASTELLS.read_text().splitlines()
VALUE = st.sampled_from(
    ['"____"', "0", "-1", "1e17", "0.000000001", '"x"', "[]", "true", "7", '"<b>"', "'é漢'"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.none() | VALUE), max_size=4))
def test_no_file_breaks_the_printer(tmp_path_factory: Any, changes: list[tuple[int, str | None]]) -> None:
    """Lines left out, values of the wrong kind and size: papers, or a sentence why there are none."""
    lines = list(LINES)
    for place, value in changes:
        key = lines[place].partition("=")[0]
        lines[place] = "" if value is None else f"{key}= {value}"
    folder = tmp_path_factory.mktemp("any")
    (folder / "p.toml").write_text("\n".join(lines))
    made = run("plan", folder / "p.toml", "--html", folder / "o.html", "--pdf", folder / "o.pdf")
    assert isinstance(made.exception, SystemExit | None)
    assert made.exit_code in (0, 1, 2)
    if (folder / "o.html").exists():
        refused = made.exit_code != 0
        assert ("REFUSED" in (folder / "o.html").read_text()) is refused
        assert (folder / "o.pdf.codes").exists() is not refused


def test_the_pdf_is_the_same_for_the_same_order() -> None:
    made = papers(order())
    assert pdf(made) == pdf(made)
    assert io.BytesIO(pdf(made)).read(5) == b"%PDF-"


def test_json_goes_with_papers(tmp_path: Path) -> None:
    made = written(tmp_path, "--json")
    assert json.loads(made.stdout)["protocol"] == "castells-12-step"
