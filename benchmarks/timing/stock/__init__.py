"""Stock baselines: what an average user of a framework, or of librosa, writes.

A framework's file holds `configure`, `make_epoch` and `make_prediction`; `features` holds a function for each feature
set of the study. Only a child process imports a file, by its name, so no process loads two frameworks. What has no
stock code has no stock rows.
"""
