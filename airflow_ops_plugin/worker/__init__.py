"""The task's side of the plugin's API. Needs neither the ops tables nor the server's code."""
