"""The ground that every domain stands on: organisation, rights, events, jobs, files, parameters."""
