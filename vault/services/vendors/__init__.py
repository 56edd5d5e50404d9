"""Who the vendors are: their registrations, their keys, and calls to addresses they have named."""
