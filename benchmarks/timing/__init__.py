"""How long features, training and inference take: pytest-benchmark suites, and the report made of them.

``python -m benchmarks timing`` runs every suite in a process of its own. A plain ``pytest`` does not collect them.
"""

# 5 batches of the study's size: enough for a steady median, and a fifth of the study's epoch
DEFAULT_TRACKS = 160
