"""Assignment: which agent does which work, in which order, and why."""
