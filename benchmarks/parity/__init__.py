"""The parity ladder: whether two frameworks train the same model."""
