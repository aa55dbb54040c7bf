"""Where tracks come from. Every dataset ends in one validated manifest."""
