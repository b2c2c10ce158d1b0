"""Takes the measured use of each resource, or makes up 90 days of it in demo mode."""

import json
import math
import os
import random
import sys

LEAST_VALUES = 7
DAILY_GROWTH = {"none": -0.0002, "normal": 0.0022, "steep": 0.0036}
SAMPLES = {
    "database volume": ("GB", 800, 0.62),
    "mail store": ("GB", 500, 0.55),
    "virtual machine memory": ("GB", 1024, 0.48),
    "address pool": ("addresses", 4094, 0.40),
}
BAD_DATA = 65


def make_samples(daily_growth: float) -> dict[str, dict]:
    """Return made-up resources; ``daily_growth`` is a share of the capacity. The same every time."""
    source = random.Random(7)
    return {
        name: {
            "unit": unit,
            "capacity": capacity,
            "values": [
                round(capacity * (share + daily_growth * day + 0.01 * math.sin(day / 3.5) + source.gauss(0, 0.002)), 1)
                for day in range(90)
            ],
        }
        for name, (unit, capacity, share) in SAMPLES.items()
    }


def find_problems(resources: dict[str, dict]) -> list[str]:
    """Return what keeps the given values from being used."""
    problems = [] if resources else ["`usage` is empty; give at least one resource, or run in demo mode"]
    for name, resource in resources.items():
        values = resource.get("values", [])
        if not isinstance(resource.get("capacity"), int | float) or resource["capacity"] <= 0:
            problems.append(f"{name}: `capacity` must be a number above 0")
        if len(values) < LEAST_VALUES or not all(isinstance(value, int | float) for value in values):
            problems.append(f"{name}: `values` must be at least {LEAST_VALUES} numbers")
    return problems


if json.loads(os.environ["demo"]):
    measured = make_samples(DAILY_GROWTH[os.environ["demo_growth"]])
else:
    measured = json.loads(os.environ["usage"])
problems = find_problems(measured)
if problems:
    print("\n".join(problems), file=sys.stderr)
    sys.exit(BAD_DATA)
for name, resource in measured.items():
    unit = resource.get("unit", "")
    print(f"{name}: {len(resource['values'])} days, now {resource['values'][-1]} of {resource['capacity']} {unit}")
print(json.dumps({"measured": measured, "resource_count": len(measured)}))
