"""Who is told what, and in which words."""
