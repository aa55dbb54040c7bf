"""The implementations in TensorFlow, with Keras 3."""
