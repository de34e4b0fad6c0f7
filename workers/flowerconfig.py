"""Flower's options, in the form that it reads itself: a name is an option. The password stands on no command line."""

from config.logging import set_up
from config.settings import settings
from workers.flower_tasks import Named

_given = settings()
# First: Tornado adds no handler of its own where there is one.
set_up(_given.log.level, json_lines=_given.log.json_lines)
_password = _given.flower.password

address = _given.flower.host
port = _given.flower.port
if _given.flower.certificate:
    certfile, keyfile = str(_given.flower.certificate), str(_given.flower.key)
basic_auth = [f"{_given.flower.user}:{_password.get_secret_value()}"] if _password else []
persistent = True
db = str(_given.flower.state or _given.home / "flower.db")
state_save_interval = 60_000
"""Milliseconds: what a kill may cost of what it shows."""
read_only = True
"""Its buttons would act on Celery behind the ledger's back: `colloquy cancel` and `colloquy dead` are for that."""
tasks_columns = "name,state,args,received,started,runtime,worker,uuid"
_named = Named(_given)


def format_task(task: object) -> object:
    """A task as the page shows it; Flower takes a function only, and no method."""
    return _named.told(task)
