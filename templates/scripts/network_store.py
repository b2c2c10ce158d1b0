"""Keeps the configurations (`action` is `store`), or proves that what was kept can be read back (`verify`)."""

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
import time
from pathlib import Path

NOT_THE_SAME = 2

demo = json.loads(os.environ["demo"])
configurations = {one["device"]: one["running"] for one in json.loads(os.environ["configurations"])}


def pack() -> bytes:
    """Return an archive with one file for each device."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for device, text in configurations.items():
            entry = tarfile.TarInfo(f"{device}.cfg")
            entry.size, entry.mtime, entry.mode = len(text.encode()), int(time.time()), 0o600
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def store() -> dict:
    """Write the archive and the latest configurations; in demo mode keep the archive in the run only."""
    content = pack()
    kept = {"name": f"network-{time.strftime('%Y%m%dT%H%M%S')}.tar.gz", "sha256": hashlib.sha256(content).hexdigest()}
    if demo:
        return kept | {"content": base64.b64encode(content).decode()}
    folder = Path(os.environ["backup_folder"])
    latest = folder / "latest"
    latest.mkdir(parents=True, exist_ok=True)
    (folder / kept["name"]).write_bytes(content)
    for device, text in configurations.items():
        (latest / f"{device}.cfg").write_text(text)
    return kept | {"file": str(folder / kept["name"])}


def read_back(archive: dict) -> dict[str, str]:
    """Return the configurations in the archive. Exits where its checksum is wrong."""
    content = base64.b64decode(archive["content"]) if demo else Path(archive["file"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != archive["sha256"]:
        print(f"{archive['name']} has another checksum than when it was written", file=sys.stderr)
        sys.exit(NOT_THE_SAME)
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        return {
            entry.name.removesuffix(".cfg"): file.read().decode()
            for entry in opened
            if (file := opened.extractfile(entry))
        }


if os.environ["action"] == "store":
    kept = store()
    print(f"{kept['name']}: {len(configurations)} configurations")
    print(json.dumps({"archive": kept}))
else:
    archive = json.loads(os.environ["archive"])
    if read_back(archive) != configurations:
        print(f"{archive['name']} does not hold what was read from the devices", file=sys.stderr)
        sys.exit(NOT_THE_SAME)
    print(f"{archive['name']}: {len(configurations)} configurations read back, all as they were")
    print(json.dumps({"verified_count": len(configurations)}))
