"""The harness: datasets, features, protocols, runs, scores, timings and reports. It knows no framework."""
