"""For all tests."""

# pytest names a test module by its path from here, so the folder `voxbus` would take the name of the package within it
# unless the package is there first.
import voxbus  # noqa: F401
