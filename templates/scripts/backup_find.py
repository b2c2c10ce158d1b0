"""Finds the newest backup and its manifest; in demo mode makes them, with a fault where one is asked for."""

import base64
import gzip
import hashlib
import json
import os
import random
import sqlite3
import sys
import time
from pathlib import Path

NO_BACKUP = 66
HOUR = 3600

CUSTOMERS = ("Aster", "Birch", "Cedar", "Dahlia", "Elm", "Fern", "Ginkgo", "Hazel")


def make_shop() -> sqlite3.Connection:
    """Return a small shop database in memory, the same every time."""
    source = random.Random(11)
    shop = sqlite3.connect(":memory:")
    shop.executescript(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer (id), cents INTEGER);"
        "CREATE INDEX purchase_customer ON purchase (customer);"
    )
    shop.executemany("INSERT INTO customer VALUES (?, ?)", enumerate(CUSTOMERS, start=1))
    purchases = [(number, source.randint(1, len(CUSTOMERS)), source.randint(100, 90_000)) for number in range(1, 301)]
    shop.executemany("INSERT INTO purchase VALUES (?, ?, ?)", purchases)
    shop.commit()
    return shop


def describe(database: sqlite3.Connection) -> dict[str, dict]:
    """Return rows and checksum of every table."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    tables = {}
    for name in names:
        rows = database.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()  # names are of the database itself
        tables[name] = {"rows": len(rows), "checksum": hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}
    return tables


def make_demo(fault: str) -> dict:
    """Return a backup of the shop as ``find_newest`` does, with its content inside instead of a path."""
    shop = make_shop()
    tables = describe(shop)
    if fault == "rows_missing":
        shop.execute("DELETE FROM purchase WHERE id > 290")
    dump = bytearray(gzip.compress("\n".join(shop.iterdump()).encode(), mtime=0))
    digest = hashlib.sha256(dump).hexdigest()
    if fault == "damaged":
        dump[len(dump) // 2] ^= 0xFF
    print("manifest of the sample:", json.dumps({"sha256": digest, "tables": tables}))
    return {
        "backup": {
            "name": "shop.sql.gz",
            "content": base64.b64encode(dump).decode(),
            "sha256": digest,
            "tables": tables,
        },
        "age_hours": 40.0 if fault == "old" else 1.5,
        "size_ratio": 0.4 if fault == "small" else 1.01,
    }


def find_newest(folder: Path) -> dict:
    """Return the newest backup in ``folder`` with its manifest, its age and its size against the one before."""
    files = sorted(folder.glob("*.sql.gz"), key=lambda file: file.stat().st_mtime)
    manifest = files and Path(f"{files[-1]}.json")
    if not files or not manifest.is_file():
        print(f"no backup with a manifest in {folder}", file=sys.stderr)
        sys.exit(NO_BACKUP)
    newest = files[-1].stat()
    before = files[-2].stat().st_size if len(files) > 1 else newest.st_size
    expected = json.loads(manifest.read_text())
    return {
        "backup": {"name": files[-1].name, "file": str(files[-1]), **expected},
        "age_hours": round((time.time() - newest.st_mtime) / HOUR, 2),
        "size_ratio": round(newest.st_size / max(1, before), 3),
    }


if json.loads(os.environ["demo"]):
    found = make_demo(os.environ["demo_fault"])
else:
    found = find_newest(Path(os.environ["backup_folder"]))
print(f"{found['backup']['name']}: {found['age_hours']} hours old, {found['size_ratio']} of the size of the one before")
print(json.dumps(found))
