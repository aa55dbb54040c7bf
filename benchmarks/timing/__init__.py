"""How long features, training and inference take, beside stock code and the machine's limit.

``python -m benchmarks timing`` measures everything and writes the report; docs/timing.md explains both. A plain
``pytest`` does not collect the suites.

What is timed is a subject: one architecture in one framework, tuned or stock, on a number of threads. It lives in a
process of its own (`measuring.child`), started with its own environment (`measuring.environments`). pytest-benchmark
times this project's, and loads no framework; what that is compared with takes turns between its rounds
(`measuring.beside`).
"""

# the second lowest to the second highest of nine hold the median in 96% of cases, so one bad round is forgiven
DEFAULT_ROUNDS = 9
# the fewest whose lowest to highest hold it in 95%: for what no bar is set on
FEW_ROUNDS = 6
# a median slower than a baseline's by more than this many percent fails the gate
DEFAULT_TOLERANCE = 25.0

# pytest-benchmark's file, in the folder of the report
RESULTS = "timing.json"
# of what the rows of that file say of themselves; files of another one are refused
FORMAT = 3
