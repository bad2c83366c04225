"""What the OME-XML of a TIFF file says."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries


def ome_pixels(file: "TiffFile", series: "TiffPageSeries") -> dict[str, Any]:
    """Return the Pixels element of a series: attributes and elements by name; empty without one."""
    import tifffile

    text = file.ome_metadata
    if series.kind != "ome" or not text:
        return {}
    told = tifffile.xml2dict(text).get("OME", {})
    images = as_list(told.get("Image"))
    number = next(number for number, each in enumerate(file.series) if each is series)
    image = images[number] if number < len(images) else {}
    pixels = image.get("Pixels") if isinstance(image, dict) else None
    return pixels if isinstance(pixels, dict) else {}


def as_list(value: object) -> list[Any]:
    """Elements of one name: none, one or several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts_of(elements: object, attribute: str) -> tuple[str, ...]:
    """Return an attribute of every element of one name, empty where it is missing."""
    return tuple(str(each.get(attribute, "")) if isinstance(each, dict) else "" for each in as_list(elements))
