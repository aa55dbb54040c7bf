"""How long features, training and inference take, beside stock code and the machine's limit.

``python -m benchmarks timing`` measures everything and writes the report; docs/timing.md explains both. A plain
``pytest`` does not collect the suites.

What is timed is a subject: one architecture in one framework, tuned or stock, on a number of threads. It lives in a
process of its own (`measuring.child`), started with its own environment (`measuring.environments`). The process that
coordinates them loads no framework. It lets the children take turns (`measuring.rounds`), judges how calm the machine
was (`measuring.noise`), and hands each row to pytest-benchmark (`measuring.replay`).
"""

# what the bars of the report are set at: 80% of GTZAN's 1000 tracks
DEFAULT_TRACKS = 800
# fewer make no median that a sceptic would accept
DEFAULT_ROUNDS = 5
# a median slower than a baseline's by more than this many percent fails the gate
DEFAULT_TOLERANCE = 25.0

# pytest-benchmark's file, in the folder of the report
RESULTS = "timing.json"
