"""The study: what it claims, the weights it published, and what these weights answer here."""
