"""The plugin's HTTP API: stable ``/v1``, the pages' ``/ui``, the tasks' ``/worker``."""
