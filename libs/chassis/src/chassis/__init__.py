"""What every Voxbus service stands on."""
