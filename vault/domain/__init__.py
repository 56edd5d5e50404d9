"""What a record is, what a consent permits: rules that need the standard library only."""
