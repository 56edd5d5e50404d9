"""The database: tables, repositories, and the only place that seals and opens records."""
