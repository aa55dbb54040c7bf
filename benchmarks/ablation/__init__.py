"""What flaws are worth: the ladder from one protocol of a study to another, and windows of one track on both sides.

On the ladder one factor changes at a time: ``python -m benchmarks ablation`` makes the runs of its steps and measures
the effect of each. ``--windows-split`` makes the runs whose windows are split instead of their tracks, and measures
what that adds.
"""
