"""Stock baselines: what an average user of a framework writes, a file a framework.

A module holds `configure`, `make_epoch` and `make_prediction`. Only a child process imports it, by its name, so no
process loads two frameworks. A framework without a file here has no stock rows.
"""
