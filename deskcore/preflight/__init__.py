"""What an upgrade would do to the plugins that are there, told beforehand: sources are read, nothing is run."""
