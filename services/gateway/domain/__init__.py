"""Pure rules of gateway: callers, files and versions."""
