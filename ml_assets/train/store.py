"""Where a work order lies for a machine that cannot be handed files: a folder on a shared volume or in an object store.

Addresses as pyarrow reads them: file:///path, s3://bucket/path, gs://bucket/path.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pyarrow import fs


def put(files: Mapping[str, Path | bytes], address: str) -> None:
    """Copy files (by name: a path, or the content) into the folder at this address, which is made."""
    system, folder = fs.FileSystem.from_uri(address)
    system.create_dir(folder)
    for name, content in files.items():
        if isinstance(content, Path):
            fs.copy_files(str(content), f"{folder}/{name}", fs.LocalFileSystem(), system)
        else:
            with system.open_output_stream(f"{folder}/{name}") as stream:
                stream.write(content)


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """A local copy of the folder, removed afterwards."""
    system, folder = fs.FileSystem.from_uri(address)
    with TemporaryDirectory(prefix="lyra-training-") as local:
        fs.copy_files(folder, local, system, fs.LocalFileSystem())
        yield Path(local)


def remove(address: str) -> None:
    """The folder and what is in it, where it is there."""
    system, folder = fs.FileSystem.from_uri(address)
    if system.get_file_info(folder).type != fs.FileType.NotFound:
        system.delete_dir(folder)
