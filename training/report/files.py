"""What a run's report/ holds."""

FOLDER = "report"
NUMBERS_FILE, SCHEMA_FILE = "report.json", "report.schema.json"
PAGE_FILE, CARD_FILE = "report.html", "card.md"
