"""How long readings and other growing tables are kept, and the columnstore where the server's licence has it."""
