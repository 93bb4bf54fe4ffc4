"""Messages, job kinds and the catalogue that every Voxbus service speaks."""
