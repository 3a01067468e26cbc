"""Legal clocks: when something is due, what stops the time, and how near the end is. Pure: the time is an argument."""
