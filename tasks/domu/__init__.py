"""Virtual machines: their root file systems, their guests."""
