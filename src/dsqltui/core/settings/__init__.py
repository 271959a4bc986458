"""Every setting of the console: fields, sections, the TOML file."""
