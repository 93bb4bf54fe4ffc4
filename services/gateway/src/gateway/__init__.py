"""The HTTP door of Voxbus: accepts jobs, records events, pushes them to clients."""
