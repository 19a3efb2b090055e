"""`lyra doctor`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from infra.cli.console import console
from infra.local.diagnosis import diagnose
from infra.settings import Settings

SIGNS = {"good": "[green]✓[/]", "poor": "[yellow]![/]", "bad": "[red]✗[/]"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """What is wrong with this machine, and what to do. Exit status 1 when `up` would fail."""
    findings = diagnose(Settings())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            console.print(SIGNS[finding.verdict], f"{finding.subject}:", end=" ")
            console.print(finding.found, markup=False, highlight=False, soft_wrap=True)
            if finding.advice:
                console.print(f"  → {finding.advice}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(finding.verdict == "bad" for finding in findings) else 0)
