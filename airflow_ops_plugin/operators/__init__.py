"""Operators that do the work of a node: scripts, HTTP calls, SQL, people, waits, other templates."""
