"""From saved probabilities to metrics and their tables."""
