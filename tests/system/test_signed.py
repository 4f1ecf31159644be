"""The shipped programs with a signed protocol, and a bag hung by the code scanned off the paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from simulators.campaign.engine.labels import PATIENT
from tests.system.bed import Bed, in_step

SIGNING = '[signing]\nsigners = "signers.toml"\nrequired = 2\nroles = ["prescriber", "pharmacist"]\n'


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    """Signed by a prescriber and a pharmacist, its papers printed."""
    with Bed(tmp_path) as made:
        blocks = ""
        for name, role in (("Ann Lee", "prescriber"), ("Bo Berg", "pharmacist")):
            key = str(tmp_path / f"{role}.key")
            blocks += made.run("key", name, "--out", key).stdout.replace('"prescriber"', f'"{role}"')
            signed = made.run("sign", str(tmp_path / "short.toml"), "--key", key)
            assert signed.returncode == 0, signed.stderr
        (tmp_path / "signers.toml").write_text(blocks)
        (tmp_path / "signers.toml").chmod(0o644)
        printed = made.run("plan", str(tmp_path / "short.toml"), "--pdf", str(tmp_path / "papers.pdf"))
        assert printed.returncode == 0, printed.stderr
        made.write_bed(codes="papers.pdf.codes")
        made.file.write_text(made.file.read_text() + SIGNING)
        yield made


def scanned(papers: Path) -> str:
    """The one code that a scanner finds on the papers."""
    pages = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(papers)]
    (found,) = [code.text for page in pages for code in zxingcpp.read_barcodes(page)]
    return found


def test_f13_a_signed_protocol_runs_with_the_code_scanned_off_the_paper(bed: Bed) -> None:
    """F13, F29, (A) P7: signers and bytes are in status and report; a byte more, and it is refused."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
    told = json.loads(bed.run("status", "--json").stdout)["protocol"]
    assert told["signers"] == ["Ann Lee", "Bo Berg"]
    bed.match()
    code = scanned(bed.folder / "papers.pdf")
    hung = bed.run(
        *("confirm", "solution", "--pump", "pump-1", "--code", code, "--made-min", "10"),
        *("--primed", "--by", "Ann", "--scanned"),
    )
    assert hung.returncode == 0, hung.stdout
    bed.must("confirm_line")
    bed.until_status(lambda s: not s["gate"] and s["phase"] == "checking", "the gate is open")
    bed.must("confirm_vitals")
    bed.must("confirm_sound")
    bed.must("start", witness="Bob")
    bed.until_status(lambda s: in_step(s, 1), "step 1 runs")
    assert "Signed by Ann Lee, Bo Berg" in bed.run("report").stdout
    (opened,) = bed.events("RunOpened")
    assert opened["file"]["signers"] == ["Ann Lee", "Bo Berg"]
    assert opened["patient"] == PATIENT
    bed.kill_daemon()
    protocol = bed.folder / "short.toml"
    protocol.write_text(protocol.read_text() + "\n")
    assert "was changed since" in bed.run("check", str(bed.file)).stdout.replace("\n", " ")
    bed.start_daemon()
    bed.until_status(lambda s: s["phase"] == "held", "the open run is taken up with its own plan")
