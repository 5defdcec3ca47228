"""An application's container image, as `docker save` and the OCI layout keep it in files."""
