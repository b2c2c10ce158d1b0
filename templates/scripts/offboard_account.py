"""Finds the accounts of a person who leaves (`action` is `find`), closes one (`revoke`), or checks them (`verify`)."""

import json
import os
import re
import shlex
import subprocess
import sys

COMMAND_SECONDS = 300
BAD_NAME = 65
SYSTEMS = ("directory", "vpn", "source control", "ticket system")
SAMPLE_RIGHTS = {
    "directory": ["mail", "staff", "finance-share"],
    "vpn": ["remote access"],
    "source control": ["billing (write)", "infrastructure (read)"],
    "ticket system": ["agent"],
}

action = os.environ["action"]
demo = json.loads(os.environ["demo"])
user_id = os.environ["user_id"]


def ask(what: str, system: str) -> str:
    """Return what the account command prints; its words hold ``{action}``, ``{system}`` and ``{user}``."""
    words = shlex.split(os.environ["account_command"])
    words = [word.replace("{action}", what).replace("{system}", system).replace("{user}", user_id) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode:
        print(f"{system}: {what} ended with {done.returncode}\n{done.stderr[-2000:]}", file=sys.stderr)
        sys.exit(done.returncode)
    return done.stdout


def find_rights(system: str) -> list[str]:
    """Return the rights that the person has in a system, nothing where there is no account."""
    return SAMPLE_RIGHTS[system] if demo else [line for line in ask("find", system).splitlines() if line.strip()]


def find() -> dict:
    """Return the accounts with their rights."""
    rights = {system: find_rights(system) for system in SYSTEMS}
    accounts = [{"system": system, "rights": found} for system, found in rights.items() if found]
    rows = [f"| {item['system']} | {', '.join(item['rights'])} |" for item in accounts]
    table = "\n".join(["| System | Rights |", "|---|---|", *rows])
    print(table)
    return {"accounts": accounts, "account_count": len(accounts), "account_table": table}


def revoke(system: str) -> None:
    """Disable the account in a system and take its rights away."""
    if demo:
        print(f"demo: {user_id} would be disabled in {system}, without {', '.join(SAMPLE_RIGHTS[system])}")
    else:
        print(ask("revoke", system) or f"{user_id} is disabled in {system}")


def verify() -> dict:
    """Return the systems in which the person still has rights."""
    if demo:
        left = ["source control"] if json.loads(os.environ["demo_leftover"]) else []
    else:
        left = [system for system in SYSTEMS if find_rights(system)]
    print(f"still open: {', '.join(left)}" if left else "every account is closed")
    return {"left": left, "left_count": len(left)}


if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9@._-]*", user_id):
    print(f"{user_id!r} is no user id", file=sys.stderr)
    sys.exit(BAD_NAME)
if action == "revoke":
    revoke(os.environ["system"])
else:
    print(json.dumps(find() if action == "find" else verify()))
