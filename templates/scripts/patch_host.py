"""Finds the pending updates of one host (`action` is `scan`), or installs them and checks its health (`patch`)."""

import hashlib
import json
import os
import re
import subprocess
import sys

COMMAND_SECONDS = 3300
SAMPLE_UPDATES = (
    ("openssl", "3.0.11-1", "3.0.15-1", True),
    ("curl", "7.88.1-10", "7.88.1-12", True),
    ("tzdata", "2024a-0", "2025b-0", False),
    ("bash", "5.2.15-2", "5.2.15-3", False),
    ("sudo", "1.9.13-3", "1.9.13-4", True),
)
SIMULATE = "LC_ALL=C apt-get -s -o Debug::NoLocking=1 upgrade"
SIMULATED = re.compile(r"^Inst (\S+) \[([^\]]+)\] \((\S+) ([^)]*)\)", re.MULTILINE)

demo = json.loads(os.environ["demo"])
host = os.environ["host"]
security_only = json.loads(os.environ["security_only"])


def run_remotely(command: str) -> str:
    """Run ``command`` on the host and return what it prints. Exits with its exit code where it fails."""
    words = [word.replace("{host}", host) for word in json.loads(os.environ["remote_command"])]
    done = subprocess.run([*words, command], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode:
        print(f"{host}: {command} ended with {done.returncode}\n{done.stderr[-2000:]}", file=sys.stderr)
        sys.exit(done.returncode)
    return done.stdout


def make_updates() -> list[dict]:
    """Return made-up updates: which of the samples a host has depends on its name only."""
    chosen = hashlib.sha256(host.encode()).digest()
    return [
        {"package": package, "installed": old, "available": new, "security": security}
        for number, (package, old, new, security) in enumerate(SAMPLE_UPDATES)
        if chosen[number] % 3
    ]


def read_updates(simulation: str) -> list[dict]:
    """Return the updates that a simulated ``apt-get upgrade`` lists."""
    return [
        {"package": package, "installed": old, "available": new, "security": "security" in origin.lower()}
        for package, old, new, origin in SIMULATED.findall(simulation)
    ]


def find_updates() -> list[dict]:
    """Return the updates of the host that are to be installed."""
    updates = make_updates() if demo else read_updates(run_remotely(SIMULATE))
    return [update for update in updates if update["security"] or not security_only]


def install(updates: list[dict]) -> None:
    """Install ``updates``; in demo mode say so only."""
    names = [update["package"] for update in updates]
    if demo:
        print(f"demo: {host} would install {', '.join(names) or 'nothing'}")
    elif names:
        run_remotely(
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold "
            f"install --only-upgrade {' '.join(names)}"
        )


def find_failed_services() -> list[str]:
    """Return the services of the host that do not run as they should."""
    if demo:
        return ["sample.service"] if os.environ["demo_broken_host"] == host else []
    listed = run_remotely("systemctl list-units --state=failed --no-legend --plain")
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


updates = find_updates()
for update in updates:
    mark = " (security)" if update["security"] else ""
    print(f"{host}: {update['package']} {update['installed']} -> {update['available']}{mark}")
answer = {"host": host, "updates": updates}
if os.environ["action"] == "patch":
    install(updates)
    failed = find_failed_services()
    answer = {"host": host, "installed": len(updates), "healthy": not failed, "failed_services": failed}
print(json.dumps(answer))
