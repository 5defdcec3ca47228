"""What waits for each node, what failed on its way there and why; trying it again."""

from typing import Any

from sqlalchemy import text

from store import engine

SHOWN = 50  # failures of a node, the newest first
BEGIN = 200  # characters of a statement
WAITING = """
    select n.id, n.name, (select count(*) from queries q where q.destiny = n.id) as waiting,
           (select count(*) from failed_queries f where f.destiny = n.id) as failed
      from node n
     where exists (select from connections c where c.destiny = n.id)
        or exists (select from queries q where q.destiny = n.id)
        or exists (select from failed_queries f where f.destiny = n.id)
     order by n.id
"""
FAILURES = """
    select timestamp, reason, left(query, :begin) as query from failed_queries
     where destiny = :destiny order by id desc limit :shown
"""
RETRY = """
    with moved as (delete from failed_queries where destiny = :destiny returning id, query)
    insert into queries (query, destiny)
    select query, :destiny from moved order by id returning 1
"""


def queues() -> list[dict[str, Any]]:
    """Give each destination with its counts and its newest failures."""
    with engine().connect() as connection:
        found = [dict(row) for row in connection.execute(text(WAITING)).mappings()]
        for queue in found:
            of = {"destiny": queue["id"], "shown": SHOWN, "begin": BEGIN}
            failures = connection.execute(text(FAILURES), of).mappings()
            queue["failures"] = [
                {**row, "timestamp": row["timestamp"].isoformat(" ", "seconds")} for row in failures
            ]
    return found


def try_again(destiny: int) -> int:
    """Put what failed back into the queue of its node; give how many statements that were."""
    with engine().begin() as connection:
        return len(connection.execute(text(RETRY), {"destiny": destiny}).all())
