"""The models: arrays in, probabilities out. They know no dataset, file layout, protocol or report."""
