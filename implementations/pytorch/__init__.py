"""The implementations in PyTorch."""
