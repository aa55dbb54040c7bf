"""Published studies, each a folder: what was published and how, as data. A new one is found by looking here."""
