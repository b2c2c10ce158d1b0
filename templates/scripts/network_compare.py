"""Compares the running configurations with those that were kept last, line by line."""

import difflib
import json
import os

SHOWN = 60

configurations = json.loads(os.environ["configurations"])


def compare(one: dict) -> list[str]:
    """Return the lines that differ, marked by ``+`` and ``-``."""
    before, after = one["kept"].splitlines(), one["running"].splitlines()
    return [line for line in difflib.unified_diff(before, after, lineterm="", n=0) if line[:3] not in ("---", "+++")]


differences = {one["device"]: compare(one) for one in configurations}
changed = [device for device, lines in differences.items() if lines]
text = "\n".join(
    f"{device}{'' if one['kept'] else ' (first backup)'}\n" + "\n".join(f"    {line}" for line in differences[device])
    for one in configurations
    if (device := one["device"]) in changed
)
lines = text.splitlines()
if len(lines) > SHOWN:
    text = "\n".join([*lines[:SHOWN], f"    and {len(lines) - SHOWN} more lines"])
print(text or "no device has changed")
print(json.dumps({"changed_devices": changed, "changed_count": len(changed), "difference": text}))
