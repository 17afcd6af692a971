"""The pages, a folder for each part of the product."""
