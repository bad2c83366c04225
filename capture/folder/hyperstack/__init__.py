"""TIFF files of many pages, and what a microscope says of them."""
