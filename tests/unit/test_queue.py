import time
from datetime import datetime, timedelta
from pathlib import Path

from huey import Huey

from vault.queue import open_queue


def _queue_with_task(tmp_path: Path) -> tuple[Huey, list[str]]:
    queue = open_queue(f"sqlite:///{tmp_path}/queue.db")
    done: list[str] = []

    @queue.task(name="file")
    def file(vault_id: str) -> None:
        done.append(vault_id)

    file("00ff")
    file.schedule(("11ff",), delay=3600)
    return queue, done


def test_carries_ids_as_json(tmp_path: Path) -> None:
    """A message is readable JSON: no pickle, and nothing but the task's name and ids."""
    queue, _ = _queue_with_task(tmp_path)
    raw = bytes(queue.storage.enqueued_items()[0])
    assert raw.startswith(b"{")
    assert b'"args":["00ff"]' in raw


def test_runs_what_it_carried(tmp_path: Path) -> None:
    """A message comes back as the call that it was."""
    queue, done = _queue_with_task(tmp_path)
    queue.execute(queue.dequeue())
    assert done == ["00ff"]


def test_keeps_the_time_of_what_is_due_later(tmp_path: Path) -> None:
    """A delayed task waits for its hour."""
    queue, done = _queue_with_task(tmp_path)
    queue.execute(queue.dequeue())
    task = queue.dequeue()
    queue.execute(task)
    assert done == ["00ff"]
    assert task.eta > datetime.fromtimestamp(time.time()) + timedelta(minutes=-120)  # noqa: DTZ006
    assert queue.scheduled_count() == 1
