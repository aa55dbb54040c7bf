"""Where work happens: processes, how many of them, and what their libraries are told."""
