"""What runs in the process of a trial; started as ``python -m deskcore.plugin_rules.trying TASK``."""
