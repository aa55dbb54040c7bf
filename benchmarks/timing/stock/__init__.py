"""Stock baselines: what an average user of a framework, or of librosa, writes.

A framework's file holds `configure`, `make_epoch` and `make_prediction`, one of features a function a feature set. Only
a child process imports a file, by its name, so no process loads two frameworks. What has no file has no stock rows.
"""
