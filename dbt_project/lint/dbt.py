"""dbt's own cross-database macros as PostgreSQL spells them, for sqlfluff, which renders templates without dbt."""


def date_trunc(part: str, day: str) -> str:
    return f"date_trunc('{part}', {day})"


def type_string() -> str:
    return "text"
