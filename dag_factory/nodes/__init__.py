"""Node types: one file for each, with its fields and how it lowers to a task."""
