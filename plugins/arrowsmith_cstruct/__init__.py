"""The C struct format: declarations of C become a Layout."""
