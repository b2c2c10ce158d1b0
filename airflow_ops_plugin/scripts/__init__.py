"""How the script of a script node is run: in a container of a Docker engine, or as a local process."""
