"""Restores a backup into an empty database and compares that with the backup's manifest."""

import base64
import gzip
import hashlib
import json
import os
import sqlite3
import time
import zlib
from pathlib import Path

backup = json.loads(os.environ["backup"])


def read_content() -> bytes:
    """Return the bytes of the backup: of its file, or those that the demo has put into the variable."""
    return base64.b64decode(backup["content"]) if "content" in backup else Path(backup["file"]).read_bytes()


def restore(content: bytes) -> sqlite3.Connection:
    """Return a new database that holds what the dump says."""
    database = sqlite3.connect(":memory:")
    database.executescript(gzip.decompress(content).decode())
    return database


def find_damage(database: sqlite3.Connection) -> list[str]:
    """Return what SQLite itself finds wrong."""
    answers = [answer for (answer,) in database.execute("PRAGMA integrity_check")]
    broken = database.execute("PRAGMA foreign_key_check").fetchall()
    return [answer for answer in answers if answer != "ok"] + [f"{row[0]}: a row without its parent" for row in broken]


def compare(database: sqlite3.Connection, expected: dict[str, dict]) -> list[str]:
    """Return how the restored tables differ from the manifest's."""
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    problems = [f"table {name} is missing" for name in expected if name not in names]
    for name in sorted(names & set(expected)):
        rows = database.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()  # names are of the database itself
        if len(rows) != expected[name]["rows"]:
            problems.append(f"table {name} has {len(rows)} rows instead of {expected[name]['rows']}")
        elif hashlib.sha256(repr(rows).encode()).hexdigest()[:16] != expected[name]["checksum"]:
            problems.append(f"table {name} has other content")
    return problems


def verify() -> list[str]:
    """Return everything that is wrong with the backup."""
    content = read_content()
    problems = [] if hashlib.sha256(content).hexdigest() == backup["sha256"] else ["the file's checksum is wrong"]
    try:
        database = restore(content)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, sqlite3.Error) as error:
        return [*problems, f"it cannot be restored: {error}"]
    return problems + find_damage(database) + compare(database, backup["tables"])


started_at = time.monotonic()
problems = verify()
seconds = round(time.monotonic() - started_at, 3)
tables = "\n".join(f"| {name} | {facts['rows']} |" for name, facts in backup["tables"].items())
report = f"Backup {backup['name']}, restored in {seconds} s\n\n| Table | Rows expected |\n|---|---|\n{tables}"
print(report)
print("\n".join(problems) or "no problem found")
answer = {"problems": problems, "problem_count": len(problems), "restore_seconds": seconds, "report": report}
print(json.dumps(answer))
