"""The processes that work is done in: their arithmetic, their start, what is heard of them, and their end."""
