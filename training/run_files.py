"""Files of a run that say what it is."""

CONFIG_FILE, ENVIRONMENT_FILE, DECISION_FILE = "config.json", "environment.json", "decision.json"
