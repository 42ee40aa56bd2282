"""What a host tests its own process with; no program that handles cases imports it."""
