"""What a run shows at its end and on its way: results, artifacts, pictures, progress."""
