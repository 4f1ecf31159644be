"""The sheet of a file as JSON with exact numbers, as docs/reference/plan-json.md describes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from daemon.protocols.margin import margin_ml
from daemon.protocols.plan import Finding
from daemon.protocols.sheet import Bag, Row, Sheet
from drivers.values import PumpCapabilities


def plan_json(
    file: Path, sheet: Sheet | None, findings: Sequence[Finding], pump: PumpCapabilities | None
) -> dict[str, object]:
    """Everything the sheet says; None where there is no such number."""
    told = [
        {"severity": one.severity.value, "code": one.code, "where": one.where, "message": one.message}
        for one in findings
    ]
    head: dict[str, object] = {"file": str(file), "pump": pump.model if pump else None}
    if sheet is None:
        empty: dict[str, object] = {"solutions": [], "steps": [], "fronts": []}
        return {**head, **empty, "total_minutes": None, "total_dose": None, "findings": told}
    return {
        **head,
        "protocol": sheet.protocol_id,
        "title": sheet.title,
        "drug": sheet.drug,
        "source": sheet.source,
        "route": sheet.route,
        "driven": sheet.driven,
        "dose_unit": sheet.dose_unit,
        "target_dose": sheet.target_dose,
        "ordered_by": sheet.ordered_by,
        "sha256": sheet.sha256,
        "solutions": [_bag(bag) for bag in sheet.bags],
        "steps": [_row(sheet, row, pump) for row in sheet.rows],
        "fronts": [
            {
                "solution": front.solution,
                "hung_min": front.hung_min,
                "after_min": front.after_min,
                "step": front.step,
                "dose_rate_h": front.dose_rate_h,
            }
            for front in sheet.fronts
        ],
        "total_minutes": sheet.total_minutes,
        "total_dose": sheet.total_dose,
        "findings": told,
    }


def _bag(bag: Bag) -> dict[str, object]:
    return {
        "id": bag.id,
        "label": bag.label,
        "amount": bag.amount,
        "concentration": bag.concentration,
        "volume_ml": bag.volume_ml,
        "drawn_ml": bag.drawn_ml,
        "dead_volume_ml": bag.dead_volume_ml,
        "y_site_ml": bag.y_site_ml,
        "primed": bag.primed,
        "stable_h": bag.stable_h,
        "flush": bag.flush,
        "preparation": bag.preparation,
    }


def _row(sheet: Sheet, row: Row, pump: PumpCapabilities | None) -> dict[str, object]:
    told: dict[str, object] = {
        "step": row.number,
        "day": row.day,
        "solution": row.solution,
        "route": row.route,
        "rate_ml_h": row.rate_ml_h,
        "minutes": row.minutes,
        "interval_min": row.interval_min,
        "volume_ml": row.volume_ml,
        "dose": row.dose,
        "cumulative": row.cumulative,
        "dose_rate_h": row.dose_rate_h,
        "elapsed_min": row.elapsed_min,
        "exposure": row.exposure,
        "exposure_rate_h": row.exposure_rate_h,
        "until": row.until,
        "until_empty": row.until == "empty",
        "by_time": row.by_time,
        "line_fill": row.line_fill,
        "form": row.form,
        "wrong_bag": {wrong.bag: wrong.times for wrong in row.wrong_bags},
        "wrong_bag_rate_h": {wrong.bag: wrong.dose_rate_h for wrong in row.wrong_bags},
    }
    if pump is not None and row.rate_ml_h is not None and row.solution is not None:
        margin = margin_ml(row.rate_ml_h, pump)
        concentration = sheet.bag(row.solution).concentration
        told["margin_ml"] = margin
        told["margin_dose"] = None if concentration is None else margin * concentration
    return told
