"""Measures the share of memory that is in use: from /proc on Linux, from vm_stat on macOS."""

import json
import os
import re
import subprocess
from pathlib import Path

warning_percent = json.loads(os.environ["warning_percent"])
critical_percent = json.loads(os.environ["critical_percent"])


def used_on_linux(meminfo: str) -> float:
    """Return the percentage in use from the text of /proc/meminfo."""
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", meminfo, re.MULTILINE)}
    return 100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])


def used_on_macos(statistics: str) -> float:
    """Return the percentage in use from the output of vm_stat."""
    pages = {name: int(count) for name, count in re.findall(r"^Pages ([\w -]+):\s+(\d+)\.", statistics, re.MULTILINE)}
    available = pages["free"] + pages["inactive"] + pages.get("speculative", 0)
    total = available + pages["active"] + pages["wired down"]
    return 100 * (1 - available / total)


def measure() -> float:
    """Return the percentage of memory in use."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        return used_on_linux(meminfo.read_text())
    return used_on_macos(subprocess.run(["vm_stat"], capture_output=True, text=True, check=True).stdout)


percent = measure()
level = "critical" if percent >= critical_percent else "warning" if percent >= warning_percent else "ok"
text = f"{percent:.1f} % in use"
print(f"{level:8} memory: {text}")
print(json.dumps({"findings": [{"check": "memory", "level": level, "text": text}]}))
