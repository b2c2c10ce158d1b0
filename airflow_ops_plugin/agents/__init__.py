"""Agents: people and executors that can be given work, what they can do and whether they are there."""
