"""Files of forms as browsers send them."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile

__all__ = ["SentFile", "read_file", "sent_file"]

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form. A field in which nothing was chosen comes as one without name and content.

    `name` has printable letters alone, at most 300 of them; `content` is cut off one byte behind what is taken at most.
    """

    name: str
    content: bytes


async def sent_file(request: Request, field: str, most_bytes: int) -> SentFile | None:
    """The file of one field of the request's form; None when there is none in it."""
    return await read_file((await request.form()).get(field), most_bytes)


async def read_file(value: object, most_bytes: int) -> SentFile | None:
    """A form's value as a file; None when it is text."""
    if not isinstance(value, UploadFile):
        return None
    content = await value.read(most_bytes + 1)
    await value.close()
    name = "".join(letter for letter in value.filename or "" if letter.isprintable())
    return SentFile(name[:_LONGEST_NAME], content)
