"""Questions of callers, answered by our read models or by the services that own the answer."""
