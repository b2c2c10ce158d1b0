"""Finds old files that may go (`action` is `find`), or deletes those that were found (`delete`)."""

import fnmatch
import json
import os
import sys
import tempfile
import time
from pathlib import Path

DAY = 86_400
NEVER_CLEANED = {
    f"/{name}" for name in ("", "bin", "boot", "dev", "etc", "lib", "opt", "proc", "root", "run", "sbin", "sys", "usr")
}
REFUSED = 77
SHOWN = 25
MEGABYTE = 1024 * 1024

demo = json.loads(os.environ["demo"])
patterns = json.loads(os.environ["patterns"])
older_than_days = json.loads(os.environ["older_than_days"])


def make_samples() -> Path:
    """Return a new folder with twelve sample log files, of which the age grows with the number."""
    folder = Path(tempfile.mkdtemp(prefix="disk-space-demo-"))
    for number in range(12):
        file = folder / (f"app.log.{number}" if number else "app.log")
        file.write_bytes(b"sample line of a log file\n" * 8_000)
        changed_at = time.time() - number * 5 * DAY - 60
        os.utime(file, (changed_at, changed_at))
    return folder


def open_folder() -> Path:
    """Return the folder to work in: a sample in demo mode. Exits where the given one must not be cleaned."""
    if demo:
        return make_samples()
    folder = Path(os.environ["folder"]).resolve()
    if str(folder) in NEVER_CLEANED or not folder.is_dir():
        print(f"{folder} is no folder, or one that is never cleaned", file=sys.stderr)
        sys.exit(REFUSED)
    return folder


def may_go(file: Path) -> bool:
    """Whether ``file`` is a plain file that matches the patterns and is old enough."""
    if file.is_symlink() or not file.is_file():
        return False
    is_old = time.time() - file.stat().st_mtime >= older_than_days * DAY
    return is_old and any(fnmatch.fnmatch(file.name, pattern) for pattern in patterns)


def find(folder: Path) -> dict:
    """Return the files below ``folder`` that may go, the largest first."""
    files = sorted((file for file in folder.rglob("*") if may_go(file)), key=lambda file: (-file.stat().st_size, file))
    candidates = [
        {
            "file": str(file.relative_to(folder)),
            "bytes": file.stat().st_size,
            "age_days": int((time.time() - file.stat().st_mtime) // DAY),
        }
        for file in files[:1000]
    ]
    rows = [f"| {item['file']} | {item['bytes'] / MEGABYTE:.2f} | {item['age_days']} |" for item in candidates]
    more = [f"| and {len(rows) - SHOWN} more | | |"] if len(rows) > SHOWN else []
    return {
        "candidates": candidates,
        "candidate_count": len(candidates),
        "candidate_mb": round(sum(item["bytes"] for item in candidates) / MEGABYTE, 2),
        "table": "\n".join(["| File | MB | Days old |", "|---|---|---|", *rows[:SHOWN], *more]),
    }


def delete(folder: Path, candidates: list[dict]) -> dict:
    """Delete the candidates below ``folder`` that still may go; return what was freed and what was kept."""
    freed, kept = 0, []
    for item in candidates:
        file = folder / item["file"]
        is_inside = file.resolve().is_relative_to(folder)
        if is_inside and may_go(file) and file.stat().st_size == item["bytes"]:
            file.unlink()
            freed += item["bytes"]
            print(f"deleted {file}")
        else:
            kept.append(item["file"])
            print(f"kept {file}: it is gone or has changed since it was listed")
    return {"freed_mb": round(freed / MEGABYTE, 2), "kept": kept}


folder = open_folder().resolve()
if os.environ["action"] == "find":
    answer = find(folder)
    print(answer["table"])
else:
    answer = delete(folder, json.loads(os.environ["candidates"]))
if demo:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
print(json.dumps(answer))
