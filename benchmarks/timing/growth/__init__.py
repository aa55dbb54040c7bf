"""How time and memory grow with the number of tracks: measured, kept in ``growth.json``, shown in a section."""
