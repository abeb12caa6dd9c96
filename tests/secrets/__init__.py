"""Every kind of secret in every place, and everything harmless beside it."""
