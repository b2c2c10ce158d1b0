"""Measures space and inodes of the file systems that hold the given folders."""

import json
import os

folders = json.loads(os.environ["folders"])
warning_percent = json.loads(os.environ["warning_percent"])
critical_percent = json.loads(os.environ["critical_percent"])


def rate(percent: float) -> str:
    """Return the level of a share in use, in percent."""
    if percent >= critical_percent:
        return "critical"
    return "warning" if percent >= warning_percent else "ok"


def measure(folder: str) -> list[dict[str, str]]:
    """Return what is found about the file system of ``folder``."""
    try:
        system = os.statvfs(folder)
    except OSError as error:
        return [{"check": f"disk {folder}", "level": "warning", "text": f"cannot be measured: {error.strerror}"}]
    usable = system.f_blocks - system.f_bfree + system.f_bavail
    shares = {"space": 100 * (usable - system.f_bavail) / usable if usable else 0}
    if system.f_files:
        shares["inodes"] = 100 * (system.f_files - system.f_ffree) / system.f_files
    return [
        {"check": f"disk {folder}, {what}", "level": rate(percent), "text": f"{percent:.1f} % in use"}
        for what, percent in shares.items()
    ]


findings = [finding for folder in folders for finding in measure(folder)]
for finding in findings:
    print(f"{finding['level']:8} {finding['check']}: {finding['text']}")
print(json.dumps({"findings": findings}))
