"""``python -m starl`` runs the command line."""

from starl.cli import app

app(prog_name="starl")
