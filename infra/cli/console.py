"""The one console: as wide as the terminal; in a pipe wide enough that no table cell is cut."""

import sys

from rich.console import Console

console = Console(width=None if sys.stdout.isatty() else 160)
