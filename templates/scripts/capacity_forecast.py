"""Fits a line to the daily use of each resource and says when it meets the capacity."""

import json
import math
import os
from datetime import UTC, datetime, timedelta

NO_GROWTH = 1e-4
"""Growth for each day, as a share of the capacity, below which a resource counts as not growing."""

measured = json.loads(os.environ["measured"])


def fit(values: list[float]) -> tuple[float, float, float]:
    """Return slope for each day, value of the line at the last day, and R2, by least squares."""
    days = range(len(values))
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((day - middle) ** 2 for day in days)
    slope = sum((day - middle) * (value - mean) for day, value in zip(days, values, strict=True)) / spread
    total = sum((value - mean) ** 2 for value in values)
    rest = sum((value - mean - slope * (day - middle)) ** 2 for day, value in zip(days, values, strict=True))
    return slope, mean + slope * middle, 1 - rest / total if total else 1.0


def forecast(name: str, resource: dict) -> dict:
    """Return the forecast for one resource; its ``days_left`` is ``None`` where it does not grow."""
    slope, now, fitness = fit(resource["values"])
    capacity = resource["capacity"]
    grows = slope > NO_GROWTH * capacity
    days_left = max(0, math.floor((capacity - now) / slope)) if grows else None
    full_on = None if days_left is None else (datetime.now(UTC) + timedelta(days=min(days_left, 36500))).date()
    return {
        "resource": name,
        "unit": resource.get("unit", ""),
        "capacity": capacity,
        "used_percent": round(100 * resource["values"][-1] / capacity, 1),
        "growth_per_day": round(slope, 3),
        "r2": round(fitness, 3),
        "days_left": days_left,
        "full_on": full_on.isoformat() if full_on else None,
    }


def row(item: dict) -> str:
    """Return one line of the report's table."""
    growth = f"{item['growth_per_day']:+} {item['unit']}"
    return f"| {item['resource']} | {item['used_percent']} % | {growth} | {item['full_on'] or 'never'} | {item['r2']} |"


forecasts = [forecast(name, resource) for name, resource in measured.items()]
forecasts.sort(key=lambda item: math.inf if item["days_left"] is None else item["days_left"])
first = forecasts[0]
report = "\n".join(
    ["| Resource | In use | Each day | Full on | R2 |", "|---|---|---|---|---|", *(row(item) for item in forecasts)]
)
print(report)
print(
    json.dumps(
        {
            "forecasts": forecasts,
            "first_full": first["resource"] if first["days_left"] is not None else None,
            "days_left": first["days_left"],
            "report": report,
        }
    )
)
