"""The x86-64 emitter: a Program becomes machine code that loops over records."""
