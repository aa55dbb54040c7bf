"""A rerun against the record: identical, consistent or different, and what differs first."""
