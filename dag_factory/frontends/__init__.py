"""Frontends: template text to processes and diagnostics."""
