"""The engine: the process that keeps agents and work in order while nobody looks."""
