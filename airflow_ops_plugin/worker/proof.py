"""How a task proves to the plugin's API that it is itself: by what only it can write, its own task state."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

PROOF_KEY = "ops_proof"


def write_proof(task_state_store: Any) -> str:
    """Return a random text whose digest now stands in the task's state.

    :param task_state_store: of the task's context.
    """
    proof = secrets.token_urlsafe(32)
    task_state_store.set(PROOF_KEY, hashlib.sha256(proof.encode()).hexdigest())
    return proof
