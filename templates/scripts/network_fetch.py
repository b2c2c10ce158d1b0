"""Reads the running configuration of each network device, and the one kept last; makes them up in demo mode."""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

COMMAND_SECONDS = 120
NO_DEVICES = 65
LARGEST_CHARACTERS = 30_000
"""Of all configurations together: they travel from step to step in environment variables."""

SAMPLE = """hostname {device}
service password-encryption
ip ssh version 2
ntp server 192.0.2.10
logging host 192.0.2.20
interface GigabitEthernet0/1
 description uplink of {device}
 ip access-group EDGE-IN in
ip access-list extended EDGE-IN
 permit tcp any host 192.0.2.80 eq 443
 deny ip any any log
line vty 0 4
 transport input ssh
end
"""
CHANGES = {
    "none": (),
    "ordinary": (("ntp server 192.0.2.10", "ntp server 192.0.2.11"),),
    "risky": ((" deny ip any any log", " permit ip any any"), (" transport input ssh", " transport input telnet ssh")),
}

demo = json.loads(os.environ["demo"])


def fetch(device: str) -> dict:
    """Return what the device runs, or why it cannot be told."""
    words = [word.replace("{device}", device) for word in shlex.split(os.environ["fetch_command"])]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"device": device, "error": str(error)}
    if done.returncode or not done.stdout.strip():
        return {"device": device, "error": done.stderr.strip()[-300:] or f"exit code {done.returncode}"}
    return {"device": device, "running": done.stdout}


def read_kept(device: str) -> str:
    """Return the configuration that the last run kept; empty where there is none."""
    file = Path(os.environ["backup_folder"], "latest", f"{device}.cfg")
    return file.read_text() if file.is_file() else ""


def make_up(device: str, is_changed: bool) -> dict:
    """Return a made-up configuration, and what it was before somebody changed it."""
    kept = running = SAMPLE.format(device=device)
    for before, after in CHANGES[os.environ["demo_change"]] if is_changed else ():
        running = running.replace(before, after)
    return {"device": device, "running": running, "kept": kept}


devices = list(dict.fromkeys(name.strip() for name in os.environ["devices"].split(",") if name.strip()))
if not devices or any("/" in name or name.startswith((".", "-")) for name in devices):
    print("`devices` must name at least one device, separated by commas", file=sys.stderr)
    sys.exit(NO_DEVICES)
if demo:
    found = [make_up(device, number == 0) for number, device in enumerate(devices)]
else:
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        found = [{**one, "kept": read_kept(one["device"])} for one in pool.map(fetch, devices)]
for one in found:
    if "error" in one:
        print(f"{one['device']}: NOT READ: {one['error']}")
    else:
        digest = hashlib.sha256(one["running"].encode()).hexdigest()[:12]
        print(f"{one['device']}: {len(one['running'].splitlines())} lines, {digest}")
configurations = [one for one in found if "error" not in one]
if sum(len(one["running"]) + len(one["kept"]) for one in configurations) > LARGEST_CHARACTERS:
    print("these configurations are too much for one run: give fewer devices to each of several runs", file=sys.stderr)
    sys.exit(NO_DEVICES)
unread = [one["device"] for one in found if "error" in one]
print(json.dumps({"configurations": configurations, "unread_devices": unread, "unread_count": len(unread)}))
