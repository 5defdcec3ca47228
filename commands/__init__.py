"""What a person types: `epos-virt WORD`, and the same as `python -m flows.WORD`.

Nothing here imports at its top what takes long (Prefect, SQLAlchemy, pandas, pydantic, libvirt,
docker, paramiko): help, completion and wrong input are answered at once.
"""
