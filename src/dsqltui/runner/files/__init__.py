"""Files of scripts, results and COPY: whole or not at all, never half."""
