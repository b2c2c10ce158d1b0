"""Rules about the paths and the data of a process."""
