"""The ladder of flaws: what each choice of the study's protocol is worth.

From one of its protocols to another one factor changes at a time. ``python -m benchmarks ablation`` makes the
runs of the steps between them and measures the effect of each step.
"""
