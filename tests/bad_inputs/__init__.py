"""A corpus of inputs that cannot be used: each ends a command with one message, and nothing is written or lost."""
