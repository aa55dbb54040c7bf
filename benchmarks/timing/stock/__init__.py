"""Stock baselines: what an average user of a framework, or of librosa, writes.

A framework's file holds `configure`, `make_epoch` and `make_prediction`. Only a child process imports a file, by its
name, so no process loads two frameworks. The code for features is in the folders of the studies, see `features`. What
has no stock code has no stock rows.
"""
