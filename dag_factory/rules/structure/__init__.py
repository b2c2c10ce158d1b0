"""Rules about a process as it was read."""
