"""Where everything is kept: tables, queries as batch functions, sessions, the artifact store."""
