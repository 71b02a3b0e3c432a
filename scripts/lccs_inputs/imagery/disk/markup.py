"""Metadata in XML, of which single fields are wanted wherever they stand."""

from collections.abc import Iterator
from xml.etree import ElementTree


class Markup:
    """The fields of a document, by their names without namespace.

    Raises:
        ElementTree.ParseError: it is no XML, or cut off.
    """

    def __init__(self, text: bytes) -> None:
        self._root = ElementTree.fromstring(text)

    def get(self, name: str, /, default: str | None = None, **attributes: str) -> str:
        """The text of the first field of a name (and with these attributes).

        Raises:
            KeyError: there is none, nor a default.
        """
        for text, own in self.all(name):
            if attributes.items() <= own.items():
                return text
        if default is None:
            raise KeyError(name)
        return default

    def all(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Text and attributes of every field of a name, in order."""
        for field in self._root.iter():
            if field.tag.rpartition("}")[2] == name:
                yield (field.text or "").strip(), dict(field.attrib)
