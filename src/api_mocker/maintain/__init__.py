"""Operations on cassettes that need no test: what stands in them, and what to do about it."""
