"""The town's side: takes in what agents say, remembers it, tells people, shows pages."""
