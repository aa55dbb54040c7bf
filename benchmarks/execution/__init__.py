"""Runs: planned, forecast, made one at a time or many, in processes of their own."""
