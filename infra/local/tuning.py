"""PostgreSQL's settings from a machine's size: sums over months at night, single rows by day, beside other programs."""

MIB = 1024**2
GIB = 1024**3


def postgres_settings(memory: int, cores: int) -> dict[str, str]:
    """Settings for a server on a machine of `memory` bytes that it shares with the rest of the stack.

    A month of 400,000 purchases is sorted in 31 MB and two dbt models run at once: that is what `work_mem` is for.
    Pages are left to the system's cache, which gives memory back: shared buffers stay resident once they were used.
    """
    return {
        "shared_buffers": _megabytes(memory // 16, 128 * MIB, 2 * GIB),
        "effective_cache_size": _megabytes(memory // 2, 512 * MIB, 1024 * GIB),
        "work_mem": _megabytes(memory // 96, 32 * MIB, 256 * MIB),
        "maintenance_work_mem": _megabytes(memory // 32, 64 * MIB, 1 * GIB),
        # A load fills 16 MB of log faster than they are written, and would wait: more of it, written more often.
        "wal_buffers": _megabytes(memory // 192, 16 * MIB, 64 * MIB),
        "wal_writer_delay": "50ms",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "max_parallel_workers": str(max(cores, 1)),
        "max_parallel_workers_per_gather": str(min(max(cores // 2, 1), 4)),
        # What is only ever inserted needs no vacuum: partitions are emptied whole, and dbt analyses what it wrote.
        "autovacuum_vacuum_insert_threshold": "-1",
        "autovacuum_max_workers": "1" if cores <= 2 else "3",
        "jit": "off",
    }


def _megabytes(wanted: int, least: int, most: int) -> str:
    return f"{min(max(wanted, least), most) // MIB}MB"
