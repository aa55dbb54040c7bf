"""Music genres of GTZAN by a 2D CNN and a 1D CNN-LSTM: the study, see `study.yaml`."""
