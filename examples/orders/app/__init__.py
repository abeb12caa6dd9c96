"""The application under test: it takes orders, and knows nothing of cassettes."""
