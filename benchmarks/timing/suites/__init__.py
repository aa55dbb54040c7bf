"""The timing suites, a file a part of the report; `python -m benchmarks timing` runs all of them through pytest."""
