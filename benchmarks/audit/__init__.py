"""The data audit: which tracks are copies of each other, and what stands on two sides of a split."""
