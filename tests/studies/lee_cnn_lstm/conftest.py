"""Tests of the study that this project's committed reports are about; without its folder there is nothing to test."""

from tests.builders import REPOSITORY

collect_ignore_glob = [] if (REPOSITORY / "benchmarks" / "studies" / "lee_cnn_lstm").is_dir() else ["test_*.py"]
